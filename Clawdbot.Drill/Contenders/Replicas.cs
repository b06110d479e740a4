using System.Globalization;
using Clawdbot.Drill.Processes;
using Clawdbot.Drill.Scenarios;

namespace Clawdbot.Drill.Contenders;

/// <summary>
/// The replicas of a drill: real shims with the embedded engine. Our gateway asks them in the fleet's dialect, a plain
/// proxy's clients in OpenAI's: the same processes, the same faults.
/// </summary>
internal sealed class Replicas : IAsyncDisposable
{
    private const string Listening = "clawdbot-shim listening on ";

    private readonly List<SupervisedProcess> _all = [];

    /// <summary>What gateways prove to replicas, and the API key of a replica that is asked directly.</summary>
    public required string Secret { get; init; }

    public IReadOnlyList<SupervisedProcess> All => _all;

    public IEnumerable<Uri> Addresses => _all.Select(r => r.Address);

    /// <summary>Starts them, and waits until all are ready.</summary>
    public static async Task<Replicas> StartAsync(Topology topology, string secret, CancellationToken cancellation)
    {
        var replicas = new Replicas { Secret = secret };
        try
        {
            var starts = Enumerable.Range(0, topology.Replicas).Select(i => SupervisedProcess.StartAsync(
                string.Create(CultureInfo.InvariantCulture, $"replica-{i}"), address => ShimAsync(address, topology, secret),
                TimeSpan.FromMilliseconds(topology.RestartAfterMs))).ToList();
            foreach (var start in starts)
                replicas._all.Add(await start);
            foreach (var replica in replicas._all)
                await replica.ReadyAsync(cancellation);
            return replicas;
        }
        catch
        {
            await replicas.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _all)
            await replica.DisposeAsync();
    }

    private static async Task<RunningProgram> ShimAsync(Uri address, Topology topology, string secret)
    {
        var (program, _) = await RunningProgram.StartAsync(Repository.Program("Clawdbot.InferenceShim"),
        [
            $"--urls={address}",
            "--Api:OpenAi=true",
            string.Create(CultureInfo.InvariantCulture, $"--Engine:Capacity={topology.Capacity}"),
            string.Create(CultureInfo.InvariantCulture, $"--Engine:Embedded:TokensPerSecond={topology.TokensPerSecond}"),
            string.Create(CultureInfo.InvariantCulture, $"--Engine:Embedded:FirstTokenDelayMilliseconds={topology.FirstTokenMs}"),
        ], line => line.StartsWith(Listening, StringComparison.Ordinal) ? line : null, new Dictionary<string, string> { ["Fleet__Secret"] = secret });
        return program;
    }
}
