using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A gateway with a ledger and one replica, slow enough that a test can come while it answers; for all tests of a class, each with keys of its own.</summary>
public sealed class RepeatedGateway : IAsyncLifetime
{
    internal LedgerLines Ledger { get; } = new();

    internal GatewayProcess Process { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Process = await GatewayProcess.WithLocalReplicasAsync(1, 40, 0, [$"--Ledger:Path={Ledger.Path}", .. SharedGateway.Trusting]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
            await Process.DisposeAsync();
        Ledger.Dispose();
    }

    /// <summary>The replica, when nothing runs any more and it has told of all that it did.</summary>
    internal async Task<ReplicaView> IdleAsync(long generations = 0) =>
        (await Process.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas[0].InFlight == 0 && f.Replicas[0].Generations >= generations)).Replicas[0];
}
