using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.Ollama;

/// <summary>A shim in front of a faked Ollama; shared by the tests of a class.</summary>
public sealed class OllamaShim : IAsyncLifetime
{
    private HostedShim _shim = null!;

    internal OllamaFake Fake { get; private set; } = null!;

    internal FleetCaller Caller { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Fake = await OllamaFake.StartAsync();
        _shim = await StartAsync(Fake, "--Api:FoldMilliseconds=60000", "--Engine:ContextTokens=16384");
        Caller = new FleetCaller(_shim.Address);
        await Caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
    }

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await _shim.DisposeAsync();
        await Fake.DisposeAsync();
    }

    /// <summary>A shim of a test's own.</summary>
    internal static Task<HostedShim> StartAsync(OllamaFake fake, params string[] arguments) =>
        HostedShim.StartAsync(["--Engine:Kind=ollama", $"--Engine:Address={fake.Address}", "--Liveness:Canary=Off", .. arguments]);
}
