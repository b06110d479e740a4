namespace Clawdbot.Tests.Fakes;

/// <summary>A shim with the embedded engine at full speed that answers OpenAI's clients by itself; for all tests of a class.</summary>
public sealed class FastReplica : IAsyncLifetime
{
    private HostedShim _shim = null!;

    internal Uri Address => _shim.Address;

    public async ValueTask InitializeAsync() => _shim = await HostedShim.FastAsync("--Api:OpenAi=true");

    public ValueTask DisposeAsync() => _shim.DisposeAsync();
}
