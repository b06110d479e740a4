using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Processes;

/// <summary>One gateway with two replicas at full speed, for all tests of a class that leave it as they found it.</summary>
public sealed class FastGateway : SharedGateway
{
    private protected override Task<GatewayProcess> StartAsync() => GatewayProcess.WithLocalReplicasAsync(2, 0, 0, Trusting);
}
