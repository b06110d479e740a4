using Clawdbot.Drill.Processes;
using Xunit;

namespace Clawdbot.Tests.Processes;

/// <summary>One gateway with two replicas at full speed, for all tests of a class that leave it as they found it.</summary>
public sealed class FastGateway : IAsyncLifetime
{
    internal GatewayProcess Process { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Process = await GatewayProcess.WithLocalReplicasAsync(2, 0, 0);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
