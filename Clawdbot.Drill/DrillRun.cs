using Clawdbot.Drill.Contenders;
using Clawdbot.Drill.Faults;
using Clawdbot.Drill.Ledger;
using Clawdbot.Drill.Load;
using Clawdbot.Drill.Report;
using Clawdbot.Drill.Resources;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill;

/// <summary>Runs one scenario on one contender after the other.</summary>
/// <param name="scenario">The load, the faults and the objectives.</param>
/// <param name="say">Prints a line of progress.</param>
/// <param name="time">The clock.</param>
internal sealed class DrillRun(Scenario scenario, Action<string> say, TimeProvider time)
{
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(10);

    /// <summary>How long gateways are given to learn the costs of attempts they gave up; they ask for at most 3 s.</summary>
    private static readonly TimeSpan LastCosts = TimeSpan.FromSeconds(4);

    /// <summary>Called while a contender is under load.</summary>
    public Func<Contender, LoadRun, FaultSchedule, CancellationToken, Task> Watch { get; init; } = (_, _, _, _) => Task.CompletedTask;

    /// <summary>Starts each contender of <paramref name="kinds"/>, runs the scenario on it, and stops it.</summary>
    public async Task<IReadOnlyList<RunResult>> RunAsync(IReadOnlyList<ContenderKind> kinds, CancellationToken cancellation)
    {
        var runs = new List<RunResult>();
        if (scenario.Topology.Gateways > 1 && !scenario.HarmsGateways && Peer.TryFind("nginx") is null)
        {
            say($"Nginx is not installed, so there is one gateway instead of {scenario.Topology.Gateways}. "
                + "On Debian: apt-get install nginx.");
            scenario.Topology.Gateways = 1;
        }
        foreach (var kind in kinds)
        {
            if (kind == ContenderKind.Nginx && Peer.TryFind("nginx") is null)
            {
                say("Nginx is not installed, so there is no comparison with it. On Debian: apt-get install nginx.");
                continue;
            }
            await using var contender = await new Starter(scenario).StartAsync(kind, cancellation);
            runs.Add(await RunAsync(contender, null, runs.Count == 0, cancellation));
        }
        return runs;
    }

    /// <summary>Runs the scenario on a contender that is already up.</summary>
    /// <param name="contender">The contender.</param>
    /// <param name="model">Model to ask for; null: the first that it lists.</param>
    /// <param name="isHeld">Whether it is held to the objectives.</param>
    /// <param name="cancellation">Ends the drill early; what was seen until then is reported.</param>
    public async Task<RunResult> RunAsync(Contender contender, string? model, bool isHeld, CancellationToken cancellation)
    {
        using var http = contender.CreateClient(deadlineSeconds: scenario.Load.DeadlineSeconds);
        var client = new ChatClient(http, model ?? await Clients.FirstModelAsync(http, cancellation));
        var bank = new QuestionBank(scenario.Load, new Random(scenario.Load.Seed));
        var patience = TimeSpan.FromSeconds(scenario.Load.PatienceSeconds);

        await using var counts = contender.Ledgers is null ? null : new EngineCounts(contender, time);
        var checker = await LearnAsync(contender, client, bank, cancellation);
        var most = scenario.MeasureCapacity ? await MostInsideSloAsync(contender, client, checker, bank, cancellation) : (int?)null;

        var load = new LoadRun(client, checker, patience, time);
        var floods = new Floods(scenario.Load, contender, client.AskedModel, checker, time);
        var clock = Machine.Clock();
        var (marks, use) = await UnderFaultsAsync(contender, load, floods, bank, cancellation);
        var busy = Machine.BusySince(clock);
        IReadOnlyList<Sample> samples = [.. load.Samples.Concat(floods.Samples).OrderBy(s => s.Due)];
        var answered = samples.Count(s => s.Verdict == Verdict.Right) + (2 * bank.All.Count);
        var run = new RunResult
        {
            Contender = contender.Name,
            Description = contender.Description,
            Length = scenario.Load.Seconds * 1000,
            Samples = samples,
            Faults = ObjectiveCheck.Recoveries(marks, samples),
            Failovers = await FailoverCounts.ReadAsync(contender, CancellationToken.None),
            Ejections = await Ejections.ReadAsync(contender, CancellationToken.None),
            MostInsideSlo = most,
            MachineBusy = busy,
            Ledger = counts is null ? null : await AuditAsync(contender, counts, answered),
            Trends = Trend.Of(use, scenario.Load.Seconds * 1000),
        };
        return isHeld ? run with { Objectives = Objectives(run) } : run;
    }

    private async Task<Checker> LearnAsync(Contender contender, ChatClient client, QuestionBank bank, CancellationToken cancellation)
    {
        say($"{contender.Name}: learning {bank.All.Count} answers");
        var key = await ExpectedAnswers.LearnAsync(client, bank.All, cancellation);
        if (!key.IsComplete)
            say($"{contender.Name}: some questions are answered differently each time; of those only the form can be checked.");
        return new Checker(key);
    }

    private IReadOnlyList<ObjectiveResult> Objectives(RunResult run) =>
        [.. ObjectiveCheck.Check(scenario.Objectives, run), .. OverloadCheck.Check(scenario, run)];

    private async Task<(IReadOnlyList<FaultMark> Marks, IReadOnlyList<UseSample> Use)> UnderFaultsAsync(
        Contender contender, LoadRun load, Floods floods, QuestionBank bank, CancellationToken cancellation)
    {
        var due = ArrivalSchedule.Draw(scenario.Load.Steps, new Random(scenario.Load.Seed));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var faults = new FaultSchedule(scenario.Faults, contender, new Targets(new Random(scenario.Load.Seed)), time);
        var hurting = faults.RunAsync(over.Token);
        var watching = Watch(contender, load, faults, over.Token);
        var holding = new UseWatch(contender, time).WatchAsync(over.Token);
        await Task.WhenAll(load.RunAsync(due, bank.Next, cancellation), floods.RunAsync(cancellation));
        await over.CancelAsync();
        await hurting;
        await watching;
        return (faults.Marks, await holding);
    }

    /// <summary>Compares ledgers and counts, once nothing runs any more and the gateways have asked for the last costs.</summary>
    private async Task<LedgerAudit> AuditAsync(Contender contender, EngineCounts counts, int requests)
    {
        await counts.SettledAsync(LastAnswers, time);
        await Task.Delay(LastCosts, time);
        return LedgerAudit.Of(LedgerBook.Read(contender.Ledgers!), counts.Last, scenario.Topology.TokensPerSecond, requests);
    }

    private async Task<int> MostInsideSloAsync(
        Contender contender, ChatClient client, Checker checker, QuestionBank bank, CancellationToken cancellation)
    {
        say($"{contender.Name}: looking for the most requests at once inside the SLO");
        var all = scenario.Topology.Capacity * Math.Max(1, contender.Replicas.Count);
        return await new CapacityProbe(client, checker, bank.Next, TimeSpan.FromSeconds(scenario.Load.PatienceSeconds), time)
            .RunAsync(Math.Max(1, all / 2), 8 * all, cancellation);
    }
}
