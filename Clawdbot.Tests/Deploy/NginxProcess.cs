using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using System.Net;
using System.Text.Json;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>One line of the access log.</summary>
/// <param name="Path">As the client spelled it, without the query.</param>
/// <param name="Status">What the client was told.</param>
/// <param name="Upstreams">Gateways that were asked, in order.</param>
/// <param name="Traceparent">The client's.</param>
internal sealed record AccessLine(string Path, string Status, IReadOnlyList<string> Upstreams, string Traceparent);

/// <summary>A real Nginx on free ports, with the configuration that ships.</summary>
internal sealed class NginxProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;

    private NginxProcess(DirectoryInfo folder, RunningProgram program, int port, int statusPort)
    {
        (_folder, Program) = (folder, program);
        Address = new Uri($"http://127.0.0.1:{port}");
        Status = new Uri($"http://127.0.0.1:{statusPort}");
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2), DefaultRequestVersion = HttpVersion.Version11 };
        Chat = new ChatClient(Http);
    }

    public RunningProgram Program { get; }

    public Uri Address { get; }

    /// <summary>The internal listener.</summary>
    public Uri Status { get; }

    public HttpClient Http { get; }

    public ChatClient Chat { get; }

    /// <summary>The access log. A line is written when a request has ended.</summary>
    public IReadOnlyList<AccessLine> Log => [.. Program.Output.Split('\n').Where(l => l.StartsWith('{')).Select(Parse)];

    /// <summary>Starts it before these gateways. The test is skipped where there is no Nginx.</summary>
    /// <param name="gateways">What stands behind it.</param>
    /// <param name="prepare">Puts more into the folder of its configuration.</param>
    public static async Task<NginxProcess> StartAsync(IEnumerable<Uri> gateways, Action<DirectoryInfo>? prepare = null)
    {
        var file = Require();
        for (var tries = 5; ; tries--)
        {
            var folder = Directory.CreateTempSubdirectory("clawdbot-nginx-");
            var (port, statusPort) = (FreePort.Next(), FreePort.Next());
            NginxConfiguration.Write(folder, gateways, port, statusPort);
            prepare?.Invoke(folder);
            try
            {
                var (program, _) = await RunningProgram.StartAsync(file, NginxConfiguration.Arguments(folder),
                    line => line.Contains("start worker process ", StringComparison.Ordinal) ? line : null);
                return new NginxProcess(folder, program, port, statusPort);
            }
            catch (InvalidOperationException fault)
            {
                folder.Delete(recursive: true);
                if (tries == 1 || !fault.Message.Contains("Address already in use", StringComparison.Ordinal))
                    throw;
            }
        }
    }

    /// <summary>Where it is; the test is skipped where it isn't.</summary>
    public static string Require() => Processes.Require.Program("/usr/sbin/nginx", "nginx");

    /// <summary>The access log's lines of these paths, as soon as there are so many.</summary>
    public async Task<IReadOnlyList<AccessLine>> LoggedAsync(int count, string path = "/v1/chat/completions")
    {
        IReadOnlyList<AccessLine> lines = [];
        await Poll.UntilAsync(() => (lines = [.. Log.Where(l => l.Path == path)]).Count >= count);
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Program.Signal(Signals.Term); // a killed master would leave its workers
        await Program.Exited;
        await Program.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static AccessLine Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        string Field(string name) => document.RootElement.GetProperty(name).GetString()!;
        return new AccessLine(Field("path"), Field("status"), Field("upstream_addr").Split(", ", StringSplitOptions.RemoveEmptyEntries), Field("traceparent"));
    }
}
