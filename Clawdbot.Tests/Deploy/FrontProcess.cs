using System.Net;
using System.Text.Json;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>The programs that can stand in front of the gateways.</summary>
public enum FrontKind
{
    /// <summary>The default.</summary>
    Nginx,

    /// <summary>The one with health checks of its own.</summary>
    HaProxy,
}

/// <summary>One line of the access log.</summary>
/// <param name="Path">As the client spelled it, without the query.</param>
/// <param name="Status">What the client was told.</param>
/// <param name="Tries">How often it was sent, or tried to be sent, to a gateway.</param>
/// <param name="Upstream">The gateway that was asked last; empty when none was.</param>
/// <param name="Traceparent">The client's.</param>
internal sealed record AccessLine(string Path, string Status, int Tries, string Upstream, string Traceparent);

/// <summary>A real Nginx or HAProxy on free ports, with the configuration that ships.</summary>
internal abstract class FrontProcess : IAsyncDisposable
{
    protected FrontProcess(FrontKind kind, RunningProgram program, int port, int statusPort)
    {
        (Kind, Program) = (kind, program);
        Address = new Uri($"http://127.0.0.1:{port}");
        Status = new Uri($"http://127.0.0.1:{statusPort}");
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2), DefaultRequestVersion = HttpVersion.Version11 };
        Chat = new ChatClient(Http);
    }

    public FrontKind Kind { get; }

    public RunningProgram Program { get; }

    public Uri Address { get; }

    /// <summary>The internal listener.</summary>
    public Uri Status { get; }

    public HttpClient Http { get; }

    public ChatClient Chat { get; }

    /// <summary>The access log. A line is written when a request has ended.</summary>
    public IReadOnlyList<AccessLine> Log => [.. Program.Output.Split('\n').Where(l => l.StartsWith('{')).Select(Parse)];

    /// <summary>Starts it before these gateways. The test is skipped where the program is missing.</summary>
    public static async Task<FrontProcess> StartAsync(FrontKind kind, params IEnumerable<Uri> gateways) =>
        kind == FrontKind.Nginx ? await NginxProcess.StartAsync(gateways) : await HaProxyProcess.StartAsync(gateways);

    /// <summary>Where the program is; the test is skipped where it isn't.</summary>
    public static string Require(FrontKind kind) => kind == FrontKind.Nginx ? NginxProcess.Require() : HaProxyProcess.Require();

    /// <summary>Waits until it would give requests to so many gateways, where it knows before it asks.</summary>
    public abstract Task SeesAsync(int gateways);

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
        Clean();
    }

    /// <summary>Removes what it had on the disk.</summary>
    protected abstract void Clean();

    protected abstract AccessLine Parse(JsonElement line);

    private AccessLine Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        return Parse(document.RootElement);
    }
}
