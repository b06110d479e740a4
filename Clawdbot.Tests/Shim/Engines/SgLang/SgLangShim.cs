using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.SgLang;

/// <summary>Two shims, each in front of a faked SGLang that is deterministic; shared by the tests of a class.</summary>
public sealed class SgLangShim : IAsyncLifetime
{
    private readonly List<HostedShim> _shims = [];

    internal List<SgLangFake> Fakes { get; } = [];

    internal List<FleetCaller> Callers { get; } = [];

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            Fakes.Add(await SgLangFake.StartAsync());
            _shims.Add(await StartAsync(Fakes[i], "--Engine:SgLang:Deterministic=true", "--Api:FoldMilliseconds=60000"));
            Callers.Add(new FleetCaller(_shims[i].Address));
            await Callers[i].StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Callers.ForEach(c => c.Dispose());
        foreach (var part in _shims.Cast<IAsyncDisposable>().Concat(Fakes))
            await part.DisposeAsync();
    }

    /// <summary>A shim of a test's own.</summary>
    internal static Task<HostedShim> StartAsync(SgLangFake fake, params string[] arguments) =>
        HostedShim.StartAsync(["--Engine:Kind=sglang", $"--Engine:Address={fake.Address}", "--Liveness:Canary=Off", .. arguments]);
}
