namespace Clawdbot.Tests.Fakes;

/// <summary>
/// A gateway and two replicas at full speed in this process, for all tests of a class that leave them as they found them.
/// </summary>
public sealed class FastFleet : IAsyncLifetime
{
    private readonly List<HostedShim> _shims = [];

    internal HostedGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 2; i++)
            _shims.Add(await HostedShim.FastAsync());
        Gateway = await HostedGateway.StartAsync(
            $"--Discovery:Replicas:0={_shims[0].Address}", $"--Discovery:Replicas:1={_shims[1].Address}");
        await Gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        foreach (var shim in _shims)
            await shim.DisposeAsync();
    }
}
