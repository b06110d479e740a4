using System.Globalization;

namespace Clawdbot.Testing.Processes;

/// <summary>HAProxy, with <c>http-no-delay</c>, without which it holds back the first piece of a stream.</summary>
internal sealed class HaProxy : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;

    private HaProxy(RunningProgram program, DirectoryInfo folder, Uri address) => (Program, _folder, Address) = (program, folder, address);

    public RunningProgram Program { get; }

    public Uri Address { get; }

    /// <param name="upstreams">The servers that it balances over.</param>
    /// <param name="threads">Number of threads.</param>
    public static async Task<HaProxy> StartAsync(IEnumerable<Uri> upstreams, int threads = 1)
    {
        var file = Peer.Find("haproxy");
        var folder = Directory.CreateTempSubdirectory("clawdbot-peer-haproxy-");
        var configuration = Path.Combine(folder.FullName, "haproxy.cfg");
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        await File.WriteAllTextAsync(configuration, Configuration(upstreams, threads, address));
        var program = RunningProgram.Begin(file, ["-db", "-f", configuration]);
        await program.ListeningAsync(address);
        return new HaProxy(program, folder, address);
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string Configuration(IEnumerable<Uri> upstreams, int threads, Uri address) =>
        string.Create(CultureInfo.InvariantCulture, $"""
        global
          nbthread {threads}
          maxconn 8000
        defaults
          mode http
          option http-no-delay
          timeout connect 5s
          timeout client 300s
          timeout server 300s
        frontend all
          bind {address.Authority} backlog 8192
          default_backend replicas
        backend replicas
          balance leastconn
          http-reuse always
        {string.Join('\n', upstreams.Select((u, i) => string.Create(CultureInfo.InvariantCulture, $"  server s{i} {u.Authority}")))}

        """);
}
