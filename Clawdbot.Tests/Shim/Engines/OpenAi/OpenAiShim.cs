using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.OpenAi;

/// <summary>A shim in front of a faked server; shared by the tests of a class.</summary>
public sealed class OpenAiShim : IAsyncLifetime
{
    private HostedShim _shim = null!;

    internal OpenAiFake Fake { get; private set; } = null!;

    internal FleetCaller Caller { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Fake = await OpenAiFake.StartAsync();
        _shim = await StartAsync(Fake, "--Engine:OpenAi:Continuation=ContinueFinalMessage", "--Engine:OpenAi:Repeatable=true", "--Api:FoldMilliseconds=60000");
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
    internal static Task<HostedShim> StartAsync(OpenAiFake fake, params string[] arguments) =>
        HostedShim.StartAsync(["--Engine:Kind=openai", $"--Engine:Address={fake.Address}", "--Liveness:Canary=Off", .. arguments]);
}
