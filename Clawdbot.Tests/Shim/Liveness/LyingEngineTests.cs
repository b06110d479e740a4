using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>
/// Each lying state over real HTTP, in virtual time: the status stream says Sick and why, and Ready when the engine lies no more.
/// </summary>
public sealed class LyingEngineTests(ITestOutputHelper output)
{
    internal static readonly Dictionary<string, (Action<EngineCore, Task> Lie, string Words)> Lies = new()
    {
        ["dead input thread"] = ((core, until) => core.Always = new EngineFault(EngineFaultKind.DeadInput) { Until = until },
            "takes requests and does not read them"),
        ["frozen before the first token"] = ((core, until) => core.Always = new EngineFault(EngineFaultKind.Silence) { Until = until },
            "frozen"),
        ["image cache poisoned"] = ((core, _) => core.PoisonsPictures = true, "with the same picture a second time"),
        ["empty answers under status 200"] = ((core, _) => core.Always = new EngineFault(EngineFaultKind.Empty),
            "fails a generation of one token, twice in a row, with a picture never seen before"),
        ["error events under status 200"] = ((core, _) => core.Always = new EngineFault(EngineFaultKind.ErrorEvent),
            "fails a generation of one token, twice in a row"),
        ["status 500"] = ((core, _) => core.Always = new EngineFault(EngineFaultKind.Refusal), "planted"),
        ["stopped"] = ((core, until) => core.Stopped = until, "hung"),
    };

    public static TheoryData<string, string> EveryLie =>
        new(Lies.Keys.SelectMany(l => new[] { ("vllm", l), ("sglang", l), ("llamacpp", l), ("ollama", l), ("openai", l) }));

    [Theory]
    [MemberData(nameof(EveryLie))]
    public async Task An_idle_engine_that_lies_is_found_out_and_comes_back(string kind, string lie)
    {
        await using var shim = await WatchedShim.StartAsync(kind, "--Liveness:Alone=true");
        await LieAsync(shim, lie);
        Assert.True(shim.Counted("clawdbot.shim.convictions") >= 1);
        Assert.Equal(1, shim.Counted("clawdbot.shim.generations", "kind=new")); // canaries are nobody's
    }

    [Theory]
    [InlineData("dead input thread", 0)]
    [InlineData("frozen in mid-answer", 5)]
    public async Task A_lie_that_clients_meet_is_found_out_without_canaries(string lie, int tokens)
    {
        await using var shim = await WatchedShim.StartAsync("vllm", "--Liveness:Canary=Off");
        var until = new TaskCompletionSource();
        shim.Fake.Core.Script.Enqueue(
            new EngineFault(tokens == 0 ? EngineFaultKind.DeadInput : EngineFaultKind.Silence, tokens) { Until = until.Task });
        var answer = shim.BeginAsync();
        var sick = await shim.UntilAsync(ShimVerdict.Sick);
        output.WriteLine($"{lie}: {sick.Reason}");

        Assert.Contains(tokens == 0 ? "does not read them" : "frozen", sick.Reason, StringComparison.Ordinal);
        until.SetResult();
        await shim.WhileAsync(answer);
        await shim.UntilAsync(ShimVerdict.Ready);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Answers_that_stand_still_are_found_out_where_there_are_no_numbers(string kind)
    {
        await using var shim = await WatchedShim.StartAsync(kind, "--Liveness:Alone=true", "--Liveness:Canary=Off");
        var until = new TaskCompletionSource();
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Silence, 5) { Until = until.Task });
        var answer = shim.BeginAsync();
        Assert.StartsWith("mute: 1 request waits", (await shim.UntilAsync(ShimVerdict.Sick)).Reason, StringComparison.Ordinal);

        until.SetResult();
        Assert.Null((await shim.WhileAsync(answer)).Error);
        await shim.UntilAsync(ShimVerdict.Ready);
    }

    [Fact]
    public async Task An_engine_that_ends_refuses_connections_and_serves_again_when_it_is_back()
    {
        await using var shim = await WatchedShim.StartAsync("openai");
        var port = shim.Fake.Address.Port;
        await shim.Fake.DisposeAsync();
        Assert.Contains("refuses connections; it is attached by address", (await shim.UntilAsync(ShimVerdict.Sick)).Reason,
            StringComparison.Ordinal);

        await using var next = new OpenAiFake(new EngineCore());
        await next.ListenAsync(port);
        await shim.UntilAsync(ShimVerdict.Ready);
        Assert.Null((await shim.AskAsync()).Error);
    }

    private async Task LieAsync(WatchedShim shim, string lie)
    {
        if (shim.Fake is OllamaFake or OpenAiFake)
            await shim.CanariesAsync(2); // how long they take must be known first
        var (until, from) = (new TaskCompletionSource(), shim.Time.GetTimestamp());
        Lies[lie].Lie(shim.Fake.Core, until.Task);
        var sick = await shim.UntilAsync(ShimVerdict.Sick);
        output.WriteLine($"{lie}: {shim.Time.GetElapsedTime(from).TotalSeconds:0.0} s: {sick.Reason}");
        // Those without numbers can't tell one silence from another.
        var says = sick.Reason.StartsWith("mute: a canary waits", StringComparison.Ordinal) ? "mute" : Lies[lie].Words;
        Assert.Contains(says, sick.Reason, StringComparison.Ordinal);
        Assert.True(says != "mute" || shim.Fake is OllamaFake or OpenAiFake, sick.Reason);

        (shim.Fake.Core.Always, shim.Fake.Core.Stopped, shim.Fake.Core.PoisonsPictures) = (null, null, false);
        until.SetResult();
        Assert.Equal("serving", (await shim.UntilAsync(ShimVerdict.Ready)).Reason);
    }
}
