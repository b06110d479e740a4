using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>A front, two gateways and two replicas at full speed, for all tests of a class that leave them as they found them.</summary>
/// <param name="kind">The front.</param>
public abstract class FastSite(FrontKind kind) : IAsyncLifetime
{
    private readonly List<ShimHost> _shims = [];

    internal FrontSite Site { get; private set; } = null!;

    internal FrontProcess Front => Site.Front;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        FrontProcess.Require(kind);
        for (var i = 0; i < 2; i++)
            _shims.Add(await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=0", "--Engine:Embedded:FirstTokenDelayMilliseconds=0"));
        Site = await (await FrontSite.HostedAsync(kind, _shims.Select(s => s.Address))).ServingAsync();
        await Front.SeesAsync(2);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Site is not null)
            await Site.DisposeAsync();
        foreach (var shim in _shims)
            await shim.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>With Nginx.</summary>
public sealed class NginxFastSite() : FastSite(FrontKind.Nginx);

/// <summary>With HAProxy.</summary>
public sealed class HaProxyFastSite() : FastSite(FrontKind.HaProxy);
