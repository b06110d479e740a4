using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>Engines that are well and say nothing for long, in virtual time: none is convicted, and each that dies then is, soon.</summary>
public sealed class SlowEngineTests
{
    /// <summary>What DESIGN promises is ten; a reading may come half a second late, and a verdict a quarter.</summary>
    private const double Promise = 10;

    public enum State
    {
        /// <summary>Pictures get 500.</summary>
        WithoutEyes,

        /// <summary>In mid-answer nothing comes, while the engine's counters move.</summary>
        HoldsBack,

        /// <summary>Nothing comes before the first token but comments.</summary>
        LoadsWithComments,

        /// <summary>Nothing comes in mid-answer but comments.</summary>
        ThinksWithComments,

        /// <summary>An answer flows on and on.</summary>
        Endless,
    }

    [Theory(Explicit = true)]
    [InlineData("openai", State.WithoutEyes)]
    [InlineData("vllm", State.WithoutEyes)]
    [InlineData("vllm", State.HoldsBack)]
    [InlineData("sglang", State.HoldsBack)]
    [InlineData("openai", State.LoadsWithComments)]
    [InlineData("openai", State.ThinksWithComments)]
    [InlineData("openai", State.Endless)]
    [InlineData("vllm", State.Endless)]
    public async Task For_ten_minutes_nothing_is_held_against_it_and_its_death_is_found_within_ten_seconds(string kind, State state)
    {
        await using var shim = await WatchedShim.StartWithAsync(
            kind, core => core.OnPictures = state == State.WithoutEyes ? new EngineFault(EngineFaultKind.Refusal) { Status = 500 } : null);
        var core = shim.Fake.Core;
        await using var beat = shim.Time.CreateTimer(_ => core.Beat(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
        await using var work = state != State.HoldsBack ? null
            : shim.Time.CreateTimer(_ => core.Count(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        if (state == State.Endless)
            core.TokenDelay = _ => core.NextBeat;
        var asking = Fault(state) is { } fault ? AskAsync(shim, fault) : null;
        await shim.PassAsync(600);

        Assert.Equal(0, shim.Counted("clawdbot.shim.convictions"));
        Assert.Equal(ShimVerdict.Ready, (await shim.StatusAsync(_ => true)).Verdict);
        Assert.False(asking is { IsCompleted: true });
        var (stopped, from) = (new TaskCompletionSource(), shim.Time.GetTimestamp());
        core.Stopped = stopped.Task; // and what answered until now says nothing more
        await beat.DisposeAsync();
        if (work is not null)
            await work.DisposeAsync();
        await shim.UntilAsync(ShimVerdict.Sick);
        Assert.InRange(shim.Time.GetElapsedTime(from).TotalSeconds, 0, Promise);
        stopped.SetResult();
    }

    [Fact]
    public async Task One_that_loads_its_model_at_the_first_request_says_so_until_a_token_came()
    {
        await using var shim = await WatchedShim.StartAsync("openai", "--Liveness:Canary=Off");
        // The test's start has asked for one answer, so the engine is warm; where the model can be unloaded it says so itself.
        Assert.Null((await shim.StatusAsync(_ => true)).Loading);
        await using var ollama = await WatchedShim.StartAsync("ollama", "--Liveness:Canary=Off");
        var until = new TaskCompletionSource();
        ((OllamaFake)ollama.Fake).IsLoaded = false;
        await ollama.PassAsync(1);
        Assert.Null((await ollama.StatusAsync(_ => true)).Loading); // nobody waits for it
        ollama.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Silence) { Until = until.Task });
        var asking = ollama.BeginAsync();
        await ollama.StatusAsync(s => s.Loading == true);
        await ollama.PassAsync(150); // it lists the model as soon as it begins to load it
        var told = await ollama.StatusAsync(_ => true);
        Assert.Equal((true, ShimVerdict.Ready), (told.Loading, told.Verdict));
        until.SetResult();
        Assert.Null((await ollama.WhileAsync(asking)).Error);
        Assert.Null((await ollama.StatusAsync(_ => true)).Loading);
    }

    [Fact]
    public async Task One_whose_counters_move_while_no_answer_does_says_that_it_holds_back()
    {
        await using var shim = await WatchedShim.StartAsync("vllm", "--Liveness:Canary=Off");
        var until = new TaskCompletionSource();
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Silence, AfterTokens: 3) { Until = until.Task });
        var asking = shim.BeginAsync();
        await using (shim.Time.CreateTimer(_ => shim.Fake.Core.Count(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(200)))
            await shim.StatusAsync(s => s.HoldsBack == true);
        await shim.StatusAsync(s => s.HoldsBack is null); // as soon as they stand still
        until.SetResult();
        Assert.Null((await shim.WhileAsync(asking)).Error);
        Assert.Null((await shim.StatusAsync(_ => true)).HoldsBack);
    }

    [Theory]
    [InlineData(EngineFaultKind.Comments, 0, 200, null)]
    [InlineData(EngineFaultKind.Comments, 3, 200, null)]
    [InlineData(EngineFaultKind.CommentsAndError, 3, 200, "engine_failed")]
    internal async Task Comments_are_passed_on_and_no_part_of_the_answer(EngineFaultKind kind, int after, int status, string? error)
    {
        await using var shim = await WatchedShim.StartAsync("openai", "--Liveness:Canary=Off");
        var until = new TaskCompletionSource();
        shim.Fake.Core.Script.Enqueue(new EngineFault(kind, after) { Until = until.Task, Status = 400, Message = "late" });
        var asking = shim.BeginAsync();
        await using (shim.Time.CreateTimer(_ => shim.Fake.Core.Beat(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5)))
            await shim.PassAsync(40);
        until.SetResult();
        var answer = await shim.WhileAsync(asking);

        Assert.Equal((status, error), ((int)answer.Status, answer.Error?.Code));
        if (error is null)
            Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(answer.Text));
    }

    private static Task<FleetAnswer> AskAsync(WatchedShim shim, EngineFault fault)
    {
        shim.Fake.Core.Script.Enqueue(fault);
        return shim.BeginAsync();
    }

    private static EngineFault? Fault(State state) => state switch
    {
        State.HoldsBack => new EngineFault(EngineFaultKind.Silence, AfterTokens: 3),
        State.LoadsWithComments => new EngineFault(EngineFaultKind.Comments),
        State.ThinksWithComments => new EngineFault(EngineFaultKind.Comments, AfterTokens: 3),
        State.Endless => new EngineFault(EngineFaultKind.Endless),
        _ => null,
    };
}
