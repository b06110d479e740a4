using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.Vllm;

/// <summary>Two shims, each in front of a faked vLLM that is configured as deterministic; shared by the tests of a class.</summary>
public sealed class VllmShim : IAsyncLifetime
{
    private readonly List<HostedShim> _shims = [];

    /// <summary>Tokens that travel together to a client that does not stream.</summary>
    internal const int Folded = 3;

    internal List<VllmFake> Fakes { get; } = [];

    internal List<FleetCaller> Callers { get; } = [];

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            Fakes.Add(await VllmFake.StartAsync());
            _shims.Add(await HostedAsync(Fakes[i], "--Engine:Vllm:Deterministic=true", $"--Api:FoldTokens={Folded}", "--Api:FoldMilliseconds=60000"));
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
    internal static Task<HostedShim> HostedAsync(VllmFake fake, params string[] arguments) =>
        HostedShim.StartAsync(Arguments(fake, arguments));

    /// <summary>The same as a process of its own.</summary>
    internal static Task<ShimHost> StartAsync(VllmFake fake, params string[] arguments) => ShimHost.StartAsync(Arguments(fake, arguments));

    private static string[] Arguments(VllmFake fake, string[] more) =>
        ["--Engine:Kind=vllm", $"--Engine:Address={fake.Address}", "--Liveness:Canary=Off", .. more];
}
