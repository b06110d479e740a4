using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>What a shim learns of what its engine can do, and what it says of it.</summary>
public sealed class CapabilityTests
{
    [Theory]
    [InlineData("openai", 500, "Internal Server Error")]
    [InlineData("openai", 404, "no route")]
    [InlineData("openai", 403, "this model is for text")]
    [InlineData("openai", 400, "no pictures, please")]
    [InlineData("openai", 501, "not implemented")]
    [InlineData("vllm", 500, "object of type 'NoneType' has no len()")]
    [InlineData("vllm", 400, "m is not a multimodal model")]
    [InlineData("sglang", 500, "Internal Server Error")]
    [InlineData("llamacpp", 500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj")]
    [InlineData("ollama", 500, "this model is missing data required for image input")]
    public async Task An_engine_without_eyes_stays_ready_and_says_so(string kind, int status, string message)
    {
        var fault = new EngineFault(EngineFaultKind.Refusal) { Status = status, Message = message };
        await using var shim = await WatchedShim.StartWithAsync(kind, core => core.OnPictures = fault);
        var told = await shim.StatusAsync(s => Of(s, Capabilities.Pictures)?.State == Capabilities.Lacking);
        await shim.PassAsync(30);

        Assert.Equal(0, shim.Counted("clawdbot.shim.convictions"));
        Assert.Equal(ShimVerdict.Ready, (await shim.StatusAsync(_ => true)).Verdict);
        Assert.Contains(message, Of(told, Capabilities.Pictures)!.Why, StringComparison.Ordinal);
        var refused = await shim.AskAsync("iVBORw0KGgo=");
        Assert.Equal(("images_not_supported", 400), (refused.Error?.Code, (int)refused.Status));
        Assert.Null((await shim.AskAsync()).Error);
    }

    [Theory]
    [InlineData(EngineFaultKind.Nothing)] // a whole answer, and nothing in it
    [InlineData(EngineFaultKind.Empty)]
    [InlineData(EngineFaultKind.Cut)] // after the role
    [InlineData(EngineFaultKind.ResetAtOnce)]
    [InlineData(EngineFaultKind.ErrorEvent)]
    [InlineData(EngineFaultKind.WebPage)]
    [InlineData(EngineFaultKind.Malformed)]
    internal async Task Whatever_it_does_with_pictures_it_is_well_if_it_answers_words(EngineFaultKind kind)
    {
        var fault = new EngineFault(kind) { Message = "stop" };
        await using var shim = await WatchedShim.StartWithAsync("openai", core => core.OnPictures = fault);
        await shim.StatusAsync(s => Of(s, Capabilities.Pictures)?.State == Capabilities.Lacking);
        await shim.PassAsync(30);

        Assert.Equal(0, shim.Counted("clawdbot.shim.convictions"));
        Assert.Equal(ShimVerdict.Ready, (await shim.StatusAsync(_ => true)).Verdict);
        Assert.Null((await shim.AskAsync()).Error);
    }

    [Theory]
    [InlineData("length", "Off")] // a client's
    [InlineData("stop", "Off")]
    [InlineData("length", "Picture")] // a canary's: a token without text, so it is well, and was not seen to look at the picture
    internal async Task An_answer_of_nothing_shows_no_capability(string reason, string canary)
    {
        var fault = new EngineFault(EngineFaultKind.Nothing) { Message = reason };
        await using var shim = await WatchedShim.StartWithAsync("openai", core => core.OnPictures = fault, $"--Liveness:Canary={canary}");
        Assert.Null((await shim.AskAsync("iVBORw0KGgo=")).Error);
        if (canary != "Off")
            await shim.CanariesAsync(3);

        var told = await shim.StatusAsync(_ => true);
        Assert.NotEqual(Capabilities.Shown, Of(told, Capabilities.Pictures)?.State);
        Assert.Equal((ShimVerdict.Ready, 0), (told.Verdict, shim.Counted("clawdbot.shim.convictions")));
    }

    [Fact]
    public async Task An_engine_that_has_taken_pictures_and_fails_them_is_sick()
    {
        await using var shim = await WatchedShim.StartAsync("openai");
        await shim.StatusAsync(s => Of(s, Capabilities.Pictures)?.State == Capabilities.Shown);
        shim.Fake.Core.OnPictures = new EngineFault(EngineFaultKind.Refusal) { Status = 500, Message = "CUDA error" };

        Assert.Contains("CUDA error", (await shim.UntilAsync(ShimVerdict.Sick)).Reason, StringComparison.Ordinal);
        shim.Fake.Core.OnPictures = null;
        await shim.UntilAsync(ShimVerdict.Ready);
    }

    [Fact]
    public async Task It_is_tried_again_whether_pictures_are_taken()
    {
        var fault = new EngineFault(EngineFaultKind.Refusal) { Status = 500, Message = "loading the projector" };
        await using var shim = await WatchedShim.StartWithAsync("openai", core => core.OnPictures = fault);
        await shim.StatusAsync(s => Of(s, Capabilities.Pictures)?.State == Capabilities.Lacking);
        shim.Fake.Core.OnPictures = null;

        await shim.StatusAsync(s => Of(s, Capabilities.Pictures)?.State == Capabilities.Shown);
        Assert.Null((await shim.AskAsync("iVBORw0KGgo=")).Error);
    }

    [Fact]
    public async Task While_clients_are_served_a_clients_picture_is_the_trial_once_a_minute()
    {
        var fault = new EngineFault(EngineFaultKind.Refusal) { Status = 400, Message = "no pictures, please" };
        await using var shim = await WatchedShim.StartWithAsync("openai", core => core.OnPictures = fault);
        await shim.StatusAsync(s => Of(s, Capabilities.Pictures)?.State == Capabilities.Lacking);
        shim.Fake.Core.TokenDelay = _ => Task.Delay(TimeSpan.FromSeconds(20), shim.Time);
        var served = shim.BeginAsync(); // for four minutes, so no canary runs
        await shim.UntilAsync(() => shim.Fake.Core.Running == 1);

        Assert.Equal(0, await AskedAsync(shim));
        await shim.PassAsync(61);
        Assert.Equal((1, 0), (await AskedAsync(shim), await AskedAsync(shim))); // the trial, and one that is refused unasked
        await shim.StatusAsync(s => Of(s, Capabilities.Pictures)?.State == Capabilities.Assumed); // others are told that one may be tried
        shim.Fake.Core.OnPictures = null;
        shim.Fake.Core.TokenDelay = _ => Task.CompletedTask;
        Assert.Equal(1, await AskedAsync(shim));
        Assert.Equal(Capabilities.Shown, Of(await shim.StatusAsync(_ => true), Capabilities.Pictures)?.State);
        Assert.Equal(1, await AskedAsync(shim));
        await shim.WhileAsync(served);
    }

    [Theory]
    [InlineData(true, 400, GenerationError.ImagesNotSupported, Capabilities.Lacking)]
    [InlineData(false, 502, "engine_failed", Capabilities.Assumed)] // it may be sick
    public async Task One_that_never_took_a_picture_and_fails_one_while_it_goes_on_with_words_lacks_them(
        bool goesOn, int status, string code, string state)
    {
        await using var shim = await WatchedShim.StartAsync("openai", "--Liveness:Canary=Off");
        var pace = new TaskCompletionSource();
        shim.Fake.Core.TokenDelay = i => i < 2 ? Task.CompletedTask
            : goesOn ? Task.Delay(TimeSpan.FromSeconds(0.5), shim.Time) : pace.Task;
        var words = shim.BeginAsync();
        await shim.UntilAsync(() => shim.Fake.Core.Running == 1);
        shim.Fake.Core.OnPictures = new EngineFault(EngineFaultKind.Refusal) { Status = 500, Message = "Internal Server Error" };
        var answer = await shim.AskAsync("iVBORw0KGgo=");

        Assert.Equal((status, code), ((int)answer.Status, answer.Error?.Code));
        Assert.Equal(state, Of(await shim.StatusAsync(_ => true), Capabilities.Pictures)?.State);
        pace.SetResult();
        Assert.Null((await shim.WhileAsync(words)).Error);
    }

    /// <summary>Asks about a picture. How often the engine was.</summary>
    private static async Task<int> AskedAsync(WatchedShim shim)
    {
        var before = shim.Fake.Core.Bodies.Count;
        await shim.AskAsync("iVBORw0KGgo=");
        return shim.Fake.Core.Bodies.Count - before;
    }

    [Theory]
    [InlineData("\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set", "tools", true)]
    [InlineData("m does not support tools", "tools", true)]
    [InlineData("the tool 'look' has no name", "tools", false)]
    public async Task The_words_of_a_refusal_count_for_a_minute(string message, string lack, bool counts)
    {
        await using var shim = await WatchedShim.StartAsync("openai", "--Liveness:Canary=Off");
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Refusal) { Status = 400, Message = message.Replace("\"", "'", StringComparison.Ordinal) });
        var asked = shim.Caller.GenerateAsync(
            """{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"look"}}]}""");

        Assert.Equal(400, (int)(await shim.WhileAsync(asked)).Status);
        Assert.Equal(counts ? Capabilities.Lacking : Capabilities.Assumed, Of(await shim.StatusAsync(_ => true), lack)?.State);
        await shim.PassAsync(61);
        Assert.Equal(Capabilities.Assumed, Of(await shim.StatusAsync(_ => true), lack)?.State);
    }

    [Fact]
    public async Task What_was_seen_is_not_taken_back_by_words()
    {
        await using var shim = await WatchedShim.StartAsync("openai", "--Liveness:Canary=Off");
        Assert.Null((await shim.AskAsync("iVBORw0KGgo=")).Error);
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Refusal) { Status = 400, Message = "unsupported image format" });
        await shim.AskAsync("iVBORw0KGgo=");

        var told = await shim.StatusAsync(_ => true);
        Assert.Equal((Capabilities.Shown, Capabilities.Shown), (Of(told, Capabilities.Pictures)?.State, Of(told, Capabilities.Usage)?.State));
    }

    [Fact]
    public async Task What_the_configuration_says_is_lacking_is_refused_unasked()
    {
        await using var shim = await WatchedShim.StartAsync("openai", "--Engine:Lacks:0=Pictures", "--Engine:Lacks:1=grammar");
        var bodies = shim.Fake.Core.Bodies.Count;
        var picture = await shim.AskAsync("iVBORw0KGgo=");
        var grammar = await shim.WhileAsync(shim.Caller.GenerateAsync(
            """{"model":"m","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_object"}}"""));

        Assert.Equal(("images_not_supported", "grammar_not_supported"), (picture.Error?.Code, grammar.Error?.Code));
        Assert.DoesNotContain(shim.Fake.Core.Bodies.Skip(bodies), b => b.Contains("image_url", StringComparison.Ordinal)
            || b.Contains("response_format", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_engine_that_refuses_to_go_on_is_not_asked_first_for_a_minute()
    {
        await using var shim = await WatchedShim.StartAsync("openai", "--Liveness:Canary=Off", "--Engine:OpenAi:Continuation=Prefill");
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Refusal) { Status = 400, Message = "extra field" });
        var refused = await shim.WhileAsync(shim.Caller.GenerateAsync(WatchedShim.Question(), GoesOn));

        Assert.Equal((409, GenerationError.ContinuationMismatch), ((int)refused.Status, refused.Error?.Code));
        Assert.Equal(Capabilities.Lacking, Of(await shim.StatusAsync(_ => true), Capabilities.Continuation)?.State);
        await shim.PassAsync(61);
        Assert.Equal(Capabilities.Assumed, Of(await shim.StatusAsync(_ => true), Capabilities.Continuation)?.State);
    }

    [Fact]
    public async Task One_that_is_configured_not_to_go_on_is_not_asked_to()
    {
        await using var shim = await WatchedShim.StartAsync(
            "openai", "--Liveness:Canary=Off", "--Engine:OpenAi:Continuation=Prefill", "--Engine:Lacks:0=continuation");
        var bodies = shim.Fake.Core.Bodies.Count;
        var refused = await shim.WhileAsync(shim.Caller.GenerateAsync(WatchedShim.Question(), GoesOn));

        Assert.Equal((409, bodies), ((int)refused.Status, shim.Fake.Core.Bodies.Count));
    }

    private static GenerationExtras GoesOn => new(ContinueText: "甲0 ", Delivered: 1);

    private static CapabilityReport? Of(ShimStatus status, string name) => status.Capabilities?.FirstOrDefault(c => c.Name == name);
}
