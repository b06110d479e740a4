using System.Globalization;

namespace Clawdbot.Testing.Processes;

/// <summary>
/// Nginx as a careful user sets it up for streams, with its own defaults for what concerns failures: a request that was sent is
/// not asked again unless it was idempotent, one failure takes a server out for ten seconds.
/// </summary>
internal sealed class NginxProxy : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;

    private NginxProxy(RunningProgram program, DirectoryInfo folder, Uri address) =>
        (Program, _folder, Address) = (program, folder, address);

    public RunningProgram Program { get; }

    public Uri Address { get; }

    /// <summary>Path of the program.</summary>
    public static string Find() => Peer.Find("nginx");

    /// <param name="upstreams">The servers that it balances over.</param>
    /// <param name="workers">Number of worker processes.</param>
    public static async Task<NginxProxy> StartAsync(IEnumerable<Uri> upstreams, int workers = 1)
    {
        var file = Find();
        var folder = Directory.CreateTempSubdirectory("clawdbot-peer-nginx-");
        var port = FreePort.Next();
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "nginx.conf"), Configuration(upstreams, workers, port, folder.FullName));
        var (program, _) = await RunningProgram.StartAsync(file, NginxConfiguration.Arguments(folder),
            line => line.Contains("start worker process ", StringComparison.Ordinal) ? line : null);
        return new NginxProxy(program, folder, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
    }

    public async ValueTask DisposeAsync()
    {
        Program.Signal(Signals.Term); // the workers of a killed master would go on running
        await Program.Exited;
        await Program.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string Configuration(IEnumerable<Uri> upstreams, int workers, int port, string folder) =>
        string.Create(CultureInfo.InvariantCulture, $$"""
        user root;
        worker_processes {{workers}};
        error_log stderr notice;
        events { worker_connections 16384; }
        http {
          access_log off;
          client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
          client_max_body_size 64m;
          client_body_buffer_size 32m;
          upstream replicas {
            {{string.Join("\n    ", upstreams.Select(u => $"server {u.Authority};"))}}
            keepalive 1024;
            keepalive_requests 1000000;
          }
          server {
            listen 127.0.0.1:{{port}} backlog=8192;
            keepalive_requests 1000000;
            location / {
              proxy_pass http://replicas;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_buffering off;
              proxy_request_buffering on;
              proxy_read_timeout 300s;
            }
          }
        }
        """);
}
