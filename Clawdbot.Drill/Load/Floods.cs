using Clawdbot.Drill.Contenders;
using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Load;

/// <summary>The load of other tenants: the same questions as the main load, with API keys of their own.</summary>
internal sealed class Floods(LoadPlan plan, Contender contender, string model, Checker checker, TimeProvider time)
{
    private readonly List<LoadRun> _runs = [];

    /// <summary>The requests that have ended.</summary>
    public IEnumerable<Sample> Samples => _runs.SelectMany(r => r.Samples);

    /// <summary>Sends every flood at its time, and waits for the last answer.</summary>
    public Task RunAsync(CancellationToken cancellation) => Task.WhenAll(
        plan.Floods.Select((flood, i) => RunAsync(flood, plan.Seed + i + 1, cancellation)).ToList());

    private async Task RunAsync(Flood flood, int seed, CancellationToken cancellation)
    {
        using var http = contender.CreateClient(flood.Tenant, plan.DeadlineSeconds);
        var run = new LoadRun(new ChatClient(http, model), checker, TimeSpan.FromSeconds(plan.PatienceSeconds), time, flood.Tenant);
        _runs.Add(run); // before the first await
        var due = ArrivalSchedule.Draw([new LoadStep { Rate = flood.Rate, Seconds = flood.Seconds }], new Random(seed));
        await run.RunAsync([.. due.Select(at => at + flood.After * 1000)], new QuestionBank(plan, new Random(seed)).Next, cancellation);
    }
}
