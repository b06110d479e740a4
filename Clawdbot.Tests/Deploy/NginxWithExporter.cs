using Clawdbot.Testing.Processes;
using System.Globalization;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>A real Nginx that serves nothing but its own figures, and the exporter that makes metrics of them.</summary>
internal sealed class NginxWithExporter : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly DirectoryInfo _folder;
    private readonly RunningProgram _nginx;
    private readonly RunningProgram _exporter;

    private NginxWithExporter(DirectoryInfo folder, RunningProgram nginx, RunningProgram exporter) =>
        (_folder, _nginx, _exporter, Address) = (folder, nginx, exporter, new Uri($"http://127.0.0.1:{PortOf(exporter.Id)}"));

    /// <summary>Where the exporter listens.</summary>
    public Uri Address { get; }

    public static (string Nginx, string Exporter) RequirePrograms() => (
        Require.Program("/usr/sbin/nginx", "nginx"),
        Require.Program("/usr/bin/prometheus-nginx-exporter", "prometheus-nginx-exporter"));

    public static async Task<NginxWithExporter> StartAsync()
    {
        var (nginxFile, exporterFile) = RequirePrograms();
        var folder = Directory.CreateTempSubdirectory("clawdbot-nginx-");
        var socket = Path.Combine(folder.FullName, "status.sock");
        var configuration = Path.Combine(folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(configuration, Configuration(folder.FullName, socket));
        var nginx = RunningProgram.Begin(nginxFile, ["-e", "stderr", "-c", configuration]);
        while (!File.Exists(socket) && !nginx.Exited.IsCompleted)
            await Task.Delay(Look, TimeProvider.System);
        var (exporter, _) = await RunningProgram.StartAsync(exporterFile,
            ["-web.listen-address", "127.0.0.1:0", "-nginx.scrape-uri", $"unix:{socket}:/stub_status"],
            line => line.Contains("has successfully started", StringComparison.Ordinal) ? line : null);
        return new NginxWithExporter(folder, nginx, exporter);
    }

    public async ValueTask DisposeAsync()
    {
        await _exporter.DisposeAsync();
        await _nginx.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string Configuration(string folder, string socket) => $$"""
        daemon off;
        master_process off;
        pid {{folder}}/pid;
        error_log stderr;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path {{folder}}/body;
          proxy_temp_path {{folder}}/proxy;
          fastcgi_temp_path {{folder}}/fastcgi;
          uwsgi_temp_path {{folder}}/uwsgi;
          scgi_temp_path {{folder}}/scgi;
          server {
            listen unix:{{socket}};
            location = /stub_status { stub_status; }
          }
        }

        """;

    /// <summary>The exporter takes a port of the system's choice and does not say which: the kernel does.</summary>
    private static int PortOf(int pid)
    {
        const string listening = "0A";
        var sockets = Directory.EnumerateFiles($"/proc/{pid}/fd").Select(fd => new FileInfo(fd).LinkTarget).OfType<string>().ToHashSet();
        return File.ReadLines($"/proc/{pid}/net/tcp").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == listening && sockets.Contains($"socket:[{fields[9]}]"))
            .Select(fields => int.Parse(fields[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            .First();
    }
}
