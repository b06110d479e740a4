using System.Net;
using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.LlamaCpp;

/// <summary>What llama.cpp's server tells of itself, in the shim's status.</summary>
public sealed class LlamaCppStatusTests
{
    private const string Question = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""";
    private const string Deterministic = "--Engine:LlamaCpp:Deterministic=true";

    [Fact]
    public async Task What_it_is_and_its_load_are_in_the_status()
    {
        var gate = new TaskCompletionSource();
        await using var fake = await LlamaCppFake.StartAsync(new EngineCore { Places = 1, TokenDelay = _ => gate.Task });
        await using var own = await LlamaCppShim.StartAsync(fake);
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var both = Enumerable.Range(0, 2).Select(_ => caller.GenerateAsync(Question)).ToList();

        var busy = await caller.StatusAsync(s => s is { Waiting: 1, CacheUse: > 0 });
        Assert.Equal((LlamaCppFake.Model, $"llamacpp {LlamaCppFake.Build}", LlamaCppFake.Context, 0.25),
            (busy.Model, busy.Engine, busy.ContextTokens, busy.CacheHitRate));
        Assert.Equal((ContinuationKind.Text, false, 5.0 / LlamaCppFake.Context),
            (busy.Continuation, busy.Repeatable, busy.CacheUse!.Value));
        gate.SetResult();
        await Task.WhenAll(both);
    }

    [Fact]
    public async Task With_one_slot_the_same_seed_gives_the_same_answer_and_the_prompt_is_computed_anew()
    {
        await using var fake = await LlamaCppFake.StartAsync(new EngineCore { Places = 1 });
        await using var own = await LlamaCppShim.StartAsync(fake, Deterministic);
        using var caller = new FleetCaller(own.Address);
        Assert.True((await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready)).Repeatable);
        var (one, again, other) = (await AskAsync(1), await AskAsync(1), await AskAsync(2));

        Assert.Equal(one.Text, again.Text);
        Assert.NotEqual(one.Text, other.Text);
        Assert.All(fake.Core.Bodies, body => Assert.False(JsonNode.Parse(body)!["cache_prompt"]!.GetValue<bool>()));

        Task<FleetAnswer> AskAsync(long seed) => caller.GenerateAsync(Question, new GenerationExtras(Seed: seed));
    }

    [Fact]
    public async Task A_server_with_more_slots_is_not_used_as_a_deterministic_one()
    {
        await using var fake = await LlamaCppFake.StartAsync();
        await using var own = await LlamaCppShim.StartAsync(fake, Deterministic);
        using var caller = new FleetCaller(own.Address);

        Assert.Equal(ShimVerdict.Starting,
            (await caller.StatusAsync(s => s.Reason.Contains("--parallel 1", StringComparison.Ordinal))).Verdict);
    }

    [Fact]
    public async Task While_it_loads_its_model_it_is_waited_for_and_takes_nothing()
    {
        await using var fake = await LlamaCppFake.StartAsync();
        fake.IsLoading = true;
        await using var own = await LlamaCppShim.StartAsync(fake);
        using var caller = new FleetCaller(own.Address);

        Assert.Equal(ShimVerdict.Starting, (await caller.StatusAsync(s => s.Reason.Contains("503", StringComparison.Ordinal))).Verdict);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "replica_not_ready"),
            ((await caller.GenerateAsync(Question)) is var early ? (early.Status, early.Error?.Code) : default));
        fake.IsLoading = false;
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        Assert.Equal(12, EngineCore.Positions((await caller.GenerateAsync(Question)).Text).Count());
    }

    [Fact]
    public async Task Without_metrics_it_is_without_numbers_only_and_without_a_projector_it_is_sent_no_picture()
    {
        await using var fake = new LlamaCppFake(new EngineCore()) { HasMetrics = false, TakesPictures = false };
        await fake.ListenAsync();
        await using var own = await LlamaCppShim.StartAsync(fake);
        using var caller = new FleetCaller(own.Address);
        var ready = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var pictured = await caller.GenerateAsync("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""");

        Assert.Equal((0, null), (ready.Waiting, ready.CacheUse));
        Assert.Equal((HttpStatusCode.BadRequest, "images_not_supported"), (pictured.Status, pictured.Error?.Code));
        Assert.Equal(HttpStatusCode.OK,
            (await caller.GenerateAsync("""{"model":"m","messages":[{"role":"user","content":"an \"image_url\": of text"}]}""")).Status);
        Assert.Single(fake.Core.Bodies);
    }
}
