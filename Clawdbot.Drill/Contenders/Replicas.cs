using System.Globalization;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Contenders;

/// <summary>
/// The replicas of a drill: real shims with the embedded engine. They answer our gateway in the fleet's dialect and the clients of a
/// plain proxy in OpenAI's, so that every contender has the same processes and faults.
/// </summary>
internal sealed class Replicas : IAsyncDisposable
{
    private const string Listening = "clawdbot-shim listening on ";

    private readonly List<SupervisedProcess> _all = [];
    private readonly List<NetworkCut> _cables = [];

    /// <summary>The fleet secret, which is also the API key of a replica that is asked directly.</summary>
    public required string Secret { get; init; }

    public IReadOnlyList<SupervisedProcess> All => _all;

    /// <summary>The replicas' network cables, in their order; empty where none is to be pulled.</summary>
    public IReadOnlyList<NetworkCut> Cables => _cables;

    public IEnumerable<Uri> Addresses => _all.Select(r => r.Address);

    /// <summary>Starts them, and waits until all are ready.</summary>
    /// <param name="topology">How many there are, and their settings.</param>
    /// <param name="secret">The fleet secret.</param>
    /// <param name="hasCables">Whether each runs in a network namespace, behind a cable that can be pulled.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<Replicas> StartAsync(Topology topology, string secret, bool hasCables, CancellationToken cancellation)
    {
        var replicas = new Replicas { Secret = secret };
        try
        {
            for (var i = 0; i < topology.Replicas; i++)
                await replicas.AddAsync(string.Create(CultureInfo.InvariantCulture, $"replica-{i}"), topology, hasCables);
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
        foreach (var cable in _cables)
            await cable.DisposeAsync();
    }

    private async Task AddAsync(string name, Topology topology, bool hasCable)
    {
        var restartAfter = TimeSpan.FromMilliseconds(topology.RestartAfterMs);
        if (!hasCable)
        {
            _all.Add(await SupervisedProcess.StartAsync(name, address => ShimAsync([], address, topology, Secret), restartAfter));
            return;
        }
        var cable = await NetworkCut.CreateAsync();
        _cables.Add(cable);
        _all.Add(await SupervisedProcess.StartAtAsync(name, new Uri($"http://{cable.Inside}:8000"),
            address => ShimAsync(cable.Prefix, address, topology, Secret), restartAfter));
    }

    /// <param name="prefix">The command that starts it; empty to start it directly.</param>
    /// <param name="address">The address it listens at.</param>
    /// <param name="topology">Its settings.</param>
    /// <param name="secret">The fleet secret.</param>
    private static async Task<RunningProgram> ShimAsync(IReadOnlyList<string> prefix, Uri address, Topology topology, string secret)
    {
        string[] command = [.. prefix, Repository.Program("Clawdbot.InferenceShim")];
        var (program, _) = await RunningProgram.StartAsync(prefix.Count > 0 ? Peer.Find(command[0]) : command[0],
        [
            .. command.Skip(1), $"--urls={address}",
            "--Api:OpenAi=true",
            string.Create(CultureInfo.InvariantCulture, $"--Engine:Capacity={topology.Capacity}"),
            string.Create(CultureInfo.InvariantCulture, $"--Engine:Embedded:TokensPerSecond={topology.TokensPerSecond}"),
            string.Create(CultureInfo.InvariantCulture, $"--Engine:Embedded:FirstTokenDelayMilliseconds={topology.FirstTokenMs}"),
        ], line => line.StartsWith(Listening, StringComparison.Ordinal) ? line : null, new Dictionary<string, string>
        {
            ["Fleet__Secret"] = secret,
            // A replica of a drill lives for seconds: compiling hot methods a second time would cost more than its answers do.
            ["DOTNET_TC_CallCountingDelayMs"] = "3000",
        });
        return program;
    }
}
