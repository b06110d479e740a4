using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.Ollama;

/// <summary>A shim in front of a faked Ollama; shared by the tests of a class.</summary>
public sealed class OllamaShim : IAsyncLifetime
{
    private readonly EngineShims<OllamaFake> _shims = new("ollama", OllamaFake.StartAsync);

    internal OllamaFake Fake => _shims.Fakes[0];

    internal FleetCaller Caller => _shims.Callers[0];

    public ValueTask InitializeAsync() => _shims.StartAsync(1, "--Api:FoldMilliseconds=60000", "--Engine:ContextTokens=16384");

    public ValueTask DisposeAsync() => _shims.DisposeAsync();

    /// <summary>A shim of a test's own.</summary>
    internal static Task<HostedShim> StartAsync(OllamaFake fake, params string[] arguments) =>
        HostedShim.StartAsync(EngineShims.Arguments("ollama", fake, arguments));
}
