using System.Globalization;

namespace Clawdbot.Testing.Processes;

/// <summary>YARP as its documentation first shows it, for comparison (<c>bench/Clawdbot.PlainProxy</c>).</summary>
internal sealed class PlainProxy : IAsyncDisposable
{
    private const string Listening = "plain proxy listening on ";

    private PlainProxy(RunningProgram program, Uri address) => (Program, Address) = (program, address);

    public RunningProgram Program { get; }

    public Uri Address { get; }

    /// <param name="upstreams">The servers that it balances over.</param>
    /// <param name="environment">Environment variables, such as runtime switches; null for none.</param>
    public static async Task<PlainProxy> StartAsync(IEnumerable<Uri> upstreams, IReadOnlyDictionary<string, string>? environment = null)
    {
        var (program, ready) = await RunningProgram.StartAsync(Repository.Program("bench/Clawdbot.PlainProxy"),
            ["--urls=http://127.0.0.1:0",
                .. upstreams.Select((u, i) => string.Create(CultureInfo.InvariantCulture, $"--Upstream:{i}={u}"))],
            line => line.StartsWith(Listening, StringComparison.Ordinal) ? line[Listening.Length..] : null, environment);
        return new PlainProxy(program, new Uri(ready));
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();
}
