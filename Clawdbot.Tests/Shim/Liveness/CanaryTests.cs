using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Liveness;

public sealed class CanaryTests
{
    [Fact]
    public async Task It_is_one_token_about_a_picture_never_seen_before_and_then_the_same_again()
    {
        await using var shim = await WatchedShim.StartAsync("vllm");
        var core = shim.Fake.Core;
        // One that was under way when the test's own request came was given up; those behind it are whole.
        var before = core.Bodies.TakeWhile(b => b.Contains("image_url", StringComparison.Ordinal)).Count() + 1;
        await shim.UntilAsync(() => core.Bodies.Count >= before + 4);
        var bodies = core.Bodies.Skip(before).Take(4).Select(b => JsonNode.Parse(b)!).ToList();
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
        var before = shim.Fake.Core.Bodies.Count;
        await shim.UntilAsync(() => shim.Fake.Core.Bodies.Count >= before + 3);

        Assert.All(shim.Fake.Core.Bodies.Skip(before + 1),
            b => Assert.Equal("Name a colour.", JsonNode.Parse(b)!["messages"]![0]!["content"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Where_there_is_no_room_for_pictures_words_are_tried()
    {
        await using var shim = await WatchedShim.StartAsync("openai");
        shim.Fake.Core.OnPictures = new EngineFault(EngineFaultKind.Refusal) { Status = 503, Message = "no room", RetryAfter = "60" };
        var (alive, before) = (shim.Counted("clawdbot.shim.canaries", "result=alive"), (await shim.StatusAsync(_ => true)).Answered);
        await shim.UntilAsync(() => shim.Counted("clawdbot.shim.canaries", "result=alive") >= alive + 2);

        Assert.True((await shim.StatusAsync(_ => true)).Answered > before);
    }

    [Fact]
    public async Task A_client_that_is_turned_away_with_a_time_makes_it_come_at_once()
    {
        await using var shim = await WatchedShim.StartAsync("openai", "--Liveness:CanaryIntervalSeconds=600");
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Refusal) { Status = 503, RetryAfter = "60" });
        Assert.Equal("engine_busy", (await shim.AskAsync()).Error?.Code);

        await shim.PassAsync(5);
        Assert.True(shim.Counted("clawdbot.shim.canaries", "result=alive") >= 1);
    }

    [Fact]
    public async Task Where_others_load_the_engine_and_it_moves_none_is_sent_and_nothing_is_held_against_it()
    {
        await using var shim = await WatchedShim.StartAsync("vllm", "--Liveness:CanaryIntervalSeconds=20");
        var (core, until) = (shim.Fake.Core, new TaskCompletionSource());
        using var others = new HttpClient { BaseAddress = shim.Fake.Address, DefaultRequestHeaders = { { EngineFake.Others, "true" } } };
        core.Script.Enqueue(new EngineFault(EngineFaultKind.Silence) { Until = until.Task });
        var theirs = others.PostAsync("/v1/chat/completions",
            new StringContent("""{"stream":true,"messages":[{"role":"user","content":"theirs"}]}"""));
        await Poll.UntilAsync(() => core.Running == 1);
        var bodies = core.Bodies.Count;
        await using (shim.Time.CreateTimer(_ => core.Count(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(200)))
            await shim.PassAsync(50);

        Assert.Equal(bodies, core.Bodies.Count);
        Assert.Equal(ShimVerdict.Ready, (await shim.StatusAsync(_ => true)).Verdict);
        until.SetResult();
        await theirs;
        await shim.UntilAsync(() => core.Bodies.Count > bodies); // and as soon as they have gone one is
    }
}
