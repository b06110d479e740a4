using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.OpenAi;

/// <summary>A shim in front of a faked server; shared by the tests of a class.</summary>
public sealed class OpenAiShim : IAsyncLifetime
{
    private readonly EngineShims<OpenAiFake> _shims = new("openai", OpenAiFake.StartAsync);

    internal OpenAiFake Fake => _shims.Fakes[0];

    internal FleetCaller Caller => _shims.Callers[0];

    public ValueTask InitializeAsync() => _shims.StartAsync(
        1, "--Engine:OpenAi:Continuation=ContinueFinalMessage", "--Engine:OpenAi:Repeatable=true", "--Api:FoldMilliseconds=60000");

    public ValueTask DisposeAsync() => _shims.DisposeAsync();

    /// <summary>A shim of a test's own.</summary>
    internal static Task<HostedShim> StartAsync(OpenAiFake fake, params string[] arguments) =>
        HostedShim.StartAsync(EngineShims.Arguments("openai", fake, arguments));
}
