using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Processes;

/// <summary>A gateway for all tests of a class: each leaves it serving, and asks what it changed itself, not what there is.</summary>
public abstract class SharedGateway : IAsyncLifetime
{
    /// <summary>
    /// A replica that lives is believed however slow the machine is, and nobody else is asked beside it: for tests that say which replica
    /// answers, or how many attempts there are, and kill by themselves what is to die.
    /// </summary>
    internal static readonly string[] Trusting = ["--Health:SilenceMilliseconds=60000", "--Failover:Hedge=false", "--Forwarding:FirstTokenMilliseconds=120000", "--Forwarding:NextTokenMilliseconds=120000"];

    internal GatewayProcess Process { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Process = await StartAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Process?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>Nothing runs, and all replicas serve.</summary>
    internal Task<FleetView> IdleAsync() => Process.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas.All(r => r is { State: "Healthy", InFlight: 0 }));

    private protected abstract Task<GatewayProcess> StartAsync();
}
