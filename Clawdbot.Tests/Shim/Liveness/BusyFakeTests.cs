using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>
/// What looks like death and is not, over real HTTP and in virtual time, for more than twice as long as death takes: the verdict stays. Ten
/// minutes are in <see cref="BusyEngineTests"/>.
/// </summary>
public sealed class BusyFakeTests
{
    /// <summary>Where every patience is at most eight seconds.</summary>
    private const int Seconds = 20;

    private static readonly Dictionary<string, Action<EngineCore, int>> Works = new()
    {
        ["long prefill"] = (core, i) => core.PromptTokens += i % 4 == 0 ? 2048 : 0,
        ["preemption pauses"] = (core, i) => core.Preemptions += i % 4 == 0 ? 1 : 0,
        ["others' tokens"] = (core, _) => core.Count(),
    };

    public static TheoryData<string, string> EveryWork => new(Works.Keys.SelectMany(w => new[] { ("vllm", w), ("sglang", w) }));

    [Theory]
    [MemberData(nameof(EveryWork))]
    public async Task A_silent_answer_of_an_engine_that_works(string kind, string work)
    {
        await using var shim = await WatchedShim.StartAsync(kind);
        var (core, until) = (shim.Fake.Core, new TaskCompletionSource());
        core.Script.Enqueue(new EngineFault(EngineFaultKind.Silence, 2) { Until = until.Task });
        var answer = shim.BeginAsync();
        await StaysAsync(shim, i => Works[work](core, i));
        until.SetResult();

        Assert.Null((await shim.WhileAsync(answer)).Error);
        Assert.True((await shim.StatusAsync(_ => true)).Works is not null);
    }

    [Fact]
    public async Task A_stream_that_flows_while_the_numbers_hang()
    {
        await using var shim = await WatchedShim.StartAsync("vllm", "--Liveness:Canary=Off");
        var (core, until) = (shim.Fake.Core, new TaskCompletionSource());
        core.NumbersStopped = until.Task;
        core.Script.Enqueue(new EngineFault(EngineFaultKind.Endless));
        core.TokenDelay = _ => Task.Delay(TimeSpan.FromMilliseconds(500), shim.Time);
        using var answer = await shim.Caller.SendAsync(WatchedShim.Question(), new GenerationExtras());
        await StaysAsync(shim, _ => { });
        until.SetResult();
    }

    [Fact]
    public async Task An_idle_engine_whose_numbers_hang_and_whose_canaries_live()
    {
        await using var shim = await WatchedShim.StartAsync("sglang");
        shim.Fake.Core.NumbersStopped = new TaskCompletionSource().Task;
        await StaysAsync(shim, _ => { });
    }

    [Fact]
    public async Task A_place_that_an_aborted_request_never_gives_back_is_no_reason_and_canaries_go_on()
    {
        await using var shim = await WatchedShim.StartAsync("vllm");
        var core = shim.Fake.Core;
        core.Script.Enqueue(new EngineFault(EngineFaultKind.Leak));
        await shim.AskAsync();
        Assert.Equal(1, core.Running);
        var canaries = core.Bodies.Count;
        await StaysAsync(shim, _ => { });

        Assert.True(core.Bodies.Count > canaries);
    }

    [Fact]
    public async Task Canaries_that_never_end_live_and_are_ended()
    {
        await using var shim = await WatchedShim.StartAsync("vllm");
        shim.Fake.Core.Always = new EngineFault(EngineFaultKind.Endless);
        await StaysAsync(shim, _ => { });
        shim.Fake.Core.Always = null;
        await shim.UntilAsync(() => shim.Fake.Core.Running == 0);
    }

    [Fact]
    public async Task A_full_engine_that_refuses_canaries_is_saturated()
    {
        await using var shim = await WatchedShim.StartAsync("vllm");
        shim.Fake.Core.Always = new EngineFault(EngineFaultKind.Refusal) { Status = 503 };
        await StaysAsync(shim, _ => { });
        Assert.True(shim.Counted("clawdbot.shim.canaries", "result=busy") > 1);
    }

    private static async Task StaysAsync(WatchedShim shim, Action<int> each)
    {
        var (i, isOver) = (0, false);
        await using var work = shim.Time.CreateTimer(_ => each(i++), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
        var statuses = shim.Caller.StatusAsync(s =>
        {
            Assert.Equal((ShimVerdict.Ready, "serving"), (s.Verdict, s.Reason));
            return Volatile.Read(ref isOver);
        });
        await shim.PassAsync(Seconds);
        Volatile.Write(ref isOver, true);
        await shim.WhileAsync(statuses);
        Assert.Equal(0, shim.Counted("clawdbot.shim.convictions"));
    }
}
