using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.Vllm;

/// <summary>Two shims, each in front of a faked vLLM that is configured as deterministic; shared by the tests of a class.</summary>
public sealed class VllmShim : IAsyncLifetime
{
    /// <summary>Tokens that travel together to a client that does not stream.</summary>
    internal const int Folded = 3;

    private readonly EngineShims<VllmFake> _shims = new("vllm", VllmFake.StartAsync);

    internal List<VllmFake> Fakes => _shims.Fakes;

    internal List<FleetCaller> Callers => _shims.Callers;

    public ValueTask InitializeAsync() =>
        _shims.StartAsync(2, "--Engine:Vllm:Deterministic=true", $"--Api:FoldTokens={Folded}", "--Api:FoldMilliseconds=60000");

    public ValueTask DisposeAsync() => _shims.DisposeAsync();

    /// <summary>A shim of a test's own.</summary>
    internal static Task<HostedShim> HostedAsync(VllmFake fake, params string[] arguments) =>
        HostedShim.StartAsync(EngineShims.Arguments("vllm", fake, arguments));

    /// <summary>The same as a process of its own.</summary>
    internal static Task<ShimHost> StartAsync(VllmFake fake, params string[] arguments) =>
        ShimHost.StartAsync(EngineShims.Arguments("vllm", fake, arguments));
}
