using System.Text.Json;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>
/// A gateway over two hostile shims, for all tests of a class: it never ejects one for what it did, and learns nothing that would change what
/// it does next, neither hedges nor a budget that is used up.
/// </summary>
public sealed class HostileFleet : IAsyncLifetime
{
    internal ScriptedFleet Fleet { get; private set; } = null!;

    internal GatewayProcess Gateway => Fleet.Gateway;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Fleet = await ScriptedFleet.StartAsync(2, "--Forwarding:FirstTokenMilliseconds=3000", "--Forwarding:NextTokenMilliseconds=2000", "--Forwarding:HeldBackMilliseconds=2000",
        "--Failover:ReplicaWaitSeconds=30", "--Failover:Hedge=false", "--Failover:RetryBudgetFloor=10000", "--Health:StrikesOut=100", "--Health:SuspicionMilliseconds=100");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Fleet?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Nothing runs, and both replicas are well.</summary>
    internal Task<FleetView> SettledAsync() => Gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas.All(r => r is { State: "Healthy", InFlight: 0 }));

    /// <summary>Why the attempts of a request were replaced, as the gateway tells it.</summary>
    internal async Task<IReadOnlyList<string?>> CausesAsync(string request)
    {
        using var document = JsonDocument.Parse(await Gateway.Http.GetStringAsync("/api/replicas", TestContext.Current.CancellationToken));
        return [.. document.RootElement.GetProperty("failovers").EnumerateArray().Where(f => f.GetProperty("request").GetString() == request).Select(f => f.GetProperty("cause").GetString())];
    }
}
