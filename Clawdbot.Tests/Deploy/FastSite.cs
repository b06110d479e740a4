using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>Nginx, two gateways and two replicas at full speed, for all tests of a class that leave them as they found them.</summary>
public sealed class FastSite : IAsyncLifetime
{
    private readonly List<ShimHost> _shims = [];

    internal NginxSite Site { get; private set; } = null!;

    internal NginxProcess Nginx => Site.Nginx;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        NginxProcess.Require();
        for (var i = 0; i < 2; i++)
            _shims.Add(await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=0", "--Engine:Embedded:FirstTokenDelayMilliseconds=0"));
        Site = await (await NginxSite.HostedAsync(_shims.Select(s => s.Address))).ServingAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Site is not null)
            await Site.DisposeAsync();
        foreach (var shim in _shims)
            await shim.DisposeAsync();
    }
}
