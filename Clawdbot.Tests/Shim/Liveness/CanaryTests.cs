using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Liveness;

public sealed class CanaryTests
{
    [Fact]
    public async Task It_is_one_token_about_a_picture_never_seen_before_and_then_the_same_again()
    {
        await using var shim = await WatchedShim.StartAsync("vllm");
        var core = shim.Fake.Core;
        await shim.UntilAsync(() => core.Bodies.Count >= 5);
        var bodies = core.Bodies.Select(b => JsonNode.Parse(b)!).Where(b => b["messages"]![0]!["content"] is JsonArray).Take(4).ToList();
        var pictures = bodies.Select(b => b["messages"]![0]!["content"]![0]!["image_url"]!["url"]!.GetValue<string>()).ToList();

        Assert.All(bodies, b => Assert.Equal(1, b["max_tokens"]!.GetValue<int>()));
        Assert.Equal((pictures[0], pictures[2]), (pictures[1], pictures[3]));
        Assert.NotEqual(pictures[0], pictures[2]);
        var status = await shim.UntilAsync(ShimVerdict.Ready);
        Assert.Equal((1, 0), (status.Started, status.InFlight)); // the test's own request and no canary
        Assert.True(shim.Counted("clawdbot.shim.canaries", "result=alive") >= 1);
    }

    [Fact]
    public async Task A_client_that_comes_ends_it()
    {
        await using var shim = await WatchedShim.StartAsync(
            "vllm", "--Liveness:CanarySeconds=3000", "--Liveness:DeadInputSeconds=3000", "--Liveness:FrozenSeconds=3000");
        var core = shim.Fake.Core;
        core.Always = new EngineFault(EngineFaultKind.Silence);
        await shim.UntilAsync(() => core.Running == 1);
        core.Always = null;

        Assert.Null((await shim.AskAsync()).Error);
        await shim.UntilAsync(() => core.Running == 0);
        Assert.True(shim.Counted("clawdbot.shim.canaries", "result=given_up") >= 1);
    }

    [Fact]
    public async Task A_model_without_eyes_is_asked_in_words()
    {
        await using var shim = await WatchedShim.StartAsync("openai");
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Refusal) { Status = 400, Message = "no pictures, please" });
        await shim.UntilAsync(() => shim.Fake.Core.Bodies.Count >= 4);

        Assert.All(shim.Fake.Core.Bodies.Skip(2), b => Assert.Equal("Name a colour.", JsonNode.Parse(b)!["messages"]![0]!["content"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Where_others_load_the_engine_and_it_moves_none_is_sent_and_nothing_is_held_against_it()
    {
        await using var shim = await WatchedShim.StartAsync("vllm");
        var core = shim.Fake.Core;
        using var others = new HttpClient { BaseAddress = shim.Fake.Address };
        core.Pace = _ => Task.Delay(TimeSpan.FromMilliseconds(200), shim.Time);
        var theirs = others.PostAsync("/v1/chat/completions", new StringContent("""{"stream":true,"messages":[{"role":"user","content":"theirs"}]}"""));
        var before = core.Generated;
        await shim.UntilAsync(() => core.Generated > before + 5);
        var canaries = core.Bodies.Count;
        await shim.WhileAsync(theirs);

        Assert.Equal(canaries, core.Bodies.Count);
        Assert.Equal(ShimVerdict.Ready, (await shim.StatusAsync(_ => true)).Verdict);
    }
}
