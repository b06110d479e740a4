using System.Text.Json;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A request that kills whatever takes it is refused, everywhere; requests that only were there are answered.</summary>
public sealed class PoisonQuarantineTests
{
    private const string Deadly = "kill";
    private int _deaths;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_kills_whatever_takes_it_is_refused_after_its_second_proven_death_and_all_that_were_there_are_answered(bool stream)
    {
        await using var fleet = await StartAsync(4);
        var bystanders = Enumerable.Range(0, 16).Select(_ => fleet.Gateway.Chat.AskAsync("slow", stream)).ToList();
        await fleet.Gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.InFlight > 0));

        var seen = await fleet.Gateway.Chat.AskAsync(Deadly, stream);

        Assert.Equal((422, "request_quarantined"), (seen.Status, seen.ErrorCode));
        Assert.All(await Task.WhenAll(bystanders), b => Assert.True(b is { Whole: true, Text: var text } && text == HostileShim.Answer, $"{b}"));
        // Two in company and two alone; on a busy machine one may be heard of too late to count, or have company that was on its way.
        Assert.True(_deaths is >= 2 and <= 6, $"{_deaths} deaths: {fleet.Gateway.Program.Output}");

        var generations = fleet.Generations;
        Assert.Equal((422, "request_quarantined"), Told(await fleet.Gateway.Chat.AskAsync(Deadly, stream)));
        Assert.Equal(generations, fleet.Generations);
        Assert.True((await fleet.Gateway.Chat.AskAsync("harmless", stream)).Whole);
    }

    [Fact]
    public async Task Alone_from_the_beginning_it_has_killed_two()
    {
        await using var fleet = await StartAsync(3);

        Assert.Equal((422, "request_quarantined"), Told(await fleet.Gateway.Chat.AskAsync(Deadly, stream: true)));
        Assert.Equal(2, _deaths);
        Assert.Equal(1, await fleet.Gateway.MetricAsync("clawdbot_gateway_poison_total", "event=\"found\""));
    }

    [Fact]
    public async Task Another_gateway_refuses_it_too_and_one_that_starts_later_and_a_shim_that_died_learns_it_again()
    {
        await using var fleet = await StartAsync(3);
        await using var second = await fleet.GatewayAsync();
        Assert.Equal(422, (await fleet.Gateway.Chat.AskAsync(Deadly, stream: true)).Status);

        await UntilAsync(() => fleet.Shims.TrueForAll(s => s.Quarantine.Entries is [_]));
        await UntilKnownAsync(second);
        Assert.Equal((422, "request_quarantined"), Told(await second.Chat.AskAsync(Deadly, stream: true)));

        await fleet.Shims[0].DieAsync();
        Assert.Null(fleet.Shims[0].Quarantine.Entries);
        await UntilAsync(() => fleet.Shims[0].Quarantine.Entries is [_]);

        await using var third = await fleet.GatewayAsync();
        await UntilKnownAsync(third);
        Assert.Equal((422, "request_quarantined"), Told(await third.Chat.AskAsync(Deadly, stream: true)));
        Assert.Equal(2, _deaths);
    }

    [Fact]
    public async Task It_is_refused_for_a_while_only()
    {
        await using var fleet = await StartAsync(3, "--Failover:QuarantineSeconds=2");
        Assert.Equal(422, (await fleet.Gateway.Chat.AskAsync(Deadly, stream: true)).Status);
        foreach (var shim in fleet.Shims)
            shim.Choose = _ => null;

        await UntilAsync(() => fleet.Gateway.Chat.AskAsync(Deadly, stream: true).ContinueWith(t => t.Result.Whole, TaskScheduler.Default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Half_of_the_fleet_killed_at_once_is_nobodys_fault_and_needs_no_budget(bool stream)
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(4, tokensPerSecond: 25, firstTokenMilliseconds: 400,
            "--Engine:Capacity=32", "--Failover:RetryBudgetPercent=0", "--Failover:RetryBudgetFloor=0");
        var asking = Enumerable.Range(0, 40).Select(_ => gateway.Chat.AskAsync("hello", stream)).ToList();
        await gateway.Fleet.UntilAsync(f => f.Replicas.Sum(r => r.Answering) >= 30);
        asking.AddRange(Enumerable.Range(0, 24).Select(_ => gateway.Chat.AskAsync("hello", stream))); // these have no token yet
        var fleet = await gateway.Fleet.UntilAsync(f => f.Active == 64 && f.Replicas.Sum(r => r.InFlight) == 64);

        foreach (var victim in fleet.Replicas.Take(2))
            Signals.Send(victim.Pid!.Value, Signals.Kill);
        var answers = await Task.WhenAll(asking);

        Assert.All(answers, a => Assert.True(a is { Whole: true, Approximate: false } && a.Text == answers[0].Text, $"{a}"));
        Assert.True(answers.Count(a => a.Attempts > 1) >= 20, $"only {answers.Count(a => a.Attempts > 1)} were hit");
        Assert.Equal(0, await gateway.MetricAsync("clawdbot_gateway_retries_refused_total", "what=\"retry\""));
        Assert.Equal(0, await gateway.MetricAsync("clawdbot_gateway_poison_total"));
    }

    private async Task<ScriptedFleet> StartAsync(int shims, params string[] arguments)
    {
        var fleet = await ScriptedFleet.StartAsync(shims, ["--Failover:ReplicaWaitSeconds=30", .. arguments]);
        foreach (var shim in fleet.Shims)
            shim.Choose = Choose;
        return fleet;
    }

    private Misbehaviour? Choose(JsonElement body) => body.GetProperty("messages").GetRawText() switch
    {
        var text when text.Contains(Deadly, StringComparison.Ordinal) => g =>
        {
            Interlocked.Increment(ref _deaths);
            return g.Shim.DieAsync();
        },
        var text when text.Contains("slow", StringComparison.Ordinal) => async g => await g.HoldAsync(Task.Delay(TimeSpan.FromMilliseconds(1500), TimeProvider.System)),
        _ => null,
    };

    private static (int, string?) Told(ObservedAnswer seen) => (seen.Status, seen.ErrorCode);

    private static Task UntilKnownAsync(GatewayProcess gateway) => UntilAsync(async () => await gateway.MetricAsync("clawdbot_gateway_quarantined") == 1);

    private static Task UntilAsync(Func<bool> done) => UntilAsync(() => Task.FromResult(done()));

    private static async Task UntilAsync(Func<Task<bool>> done)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
        while (!await done())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
    }
}
