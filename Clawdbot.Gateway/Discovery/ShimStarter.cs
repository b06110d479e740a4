namespace Clawdbot.Gateway.Discovery;

/// <summary>Starts shim processes on the thread that lives as long as the gateway.</summary>
internal sealed class ShimStarter(ShimCommand command, ProcessThread thread)
{
    /// <summary>Starts the shim of the replica <paramref name="id"/>.</summary>
    public Task<ShimProcess> StartAsync(string id, ILogger log) => thread.RunAsync(() => ShimProcess.Start(id, command, log));
}
