using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.SgLang;

/// <summary>Two shims, each in front of a faked SGLang that is deterministic; shared by the tests of a class.</summary>
public sealed class SgLangShim : IAsyncLifetime
{
    private readonly EngineShims<SgLangFake> _shims = new("sglang", SgLangFake.StartAsync);

    internal List<SgLangFake> Fakes => _shims.Fakes;

    internal List<FleetCaller> Callers => _shims.Callers;

    public ValueTask InitializeAsync() => _shims.StartAsync(2, "--Engine:SgLang:Deterministic=true", "--Api:FoldMilliseconds=60000");

    public ValueTask DisposeAsync() => _shims.DisposeAsync();

    /// <summary>A shim of a test's own.</summary>
    internal static Task<HostedShim> StartAsync(SgLangFake fake, params string[] arguments) =>
        HostedShim.StartAsync(EngineShims.Arguments("sglang", fake, arguments));
}
