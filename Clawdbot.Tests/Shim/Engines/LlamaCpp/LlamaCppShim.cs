using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.LlamaCpp;

/// <summary>Two shims, each in front of a faked llama.cpp; shared by the tests of a class.</summary>
public sealed class LlamaCppShim : IAsyncLifetime
{
    private readonly EngineShims<LlamaCppFake> _shims = new("llamacpp", LlamaCppFake.StartAsync);

    internal List<LlamaCppFake> Fakes => _shims.Fakes;

    internal List<FleetCaller> Callers => _shims.Callers;

    public ValueTask InitializeAsync() => _shims.StartAsync(2, "--Api:FoldMilliseconds=60000");

    public ValueTask DisposeAsync() => _shims.DisposeAsync();

    /// <summary>A shim of a test's own.</summary>
    internal static Task<HostedShim> StartAsync(LlamaCppFake fake, params string[] arguments) =>
        HostedShim.StartAsync(EngineShims.Arguments("llamacpp", fake, arguments));
}
