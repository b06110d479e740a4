using Clawdbot.Drill;
using Clawdbot.Drill.Report;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

/// <summary>The drill itself, with real replicas and real peers: what ours survives unnoticed, the same load shows up elsewhere.</summary>
[Collection(Alone.Name)]
public sealed class DrillTests(ITestOutputHelper output)
{
    /// <summary>All but one are for who asks for long tests: what each does to an answer is held elsewhere, by a gateway over hostile shims.</summary>
    public static IEnumerable<TheoryDataRow<string>> EveryFault => Enum.GetValues<FaultKind>().Where(f => f != FaultKind.Command)
        .Select(f => new TheoryDataRow<string>(YamlDotNet.Serialization.NamingConventions.UnderscoredNamingConvention.Instance.Apply(f.ToString())) { Explicit = f != FaultKind.Kill });

    [Theory]
    [MemberData(nameof(EveryFault))]
    public async Task No_client_notices(string fault)
    {
        if (fault == "cut")
        {
            Require.Root();
            Require.Program("/usr/sbin/ip", "iproute2");
        }
        var run = Assert.Single(await RunAsync($$"""
            name: one-fault
            topology: { replicas: 3, capacity: 64, tokens_per_second: 50, first_token_ms: 50, restart_after_ms: 100 }
            load: { steps: [{ rate: 20, seconds: 6 }] }
            faults: [{ do: {{fault}}, to: next, after: 1, every: 2, lasting: 1.5 }]
            objectives: { availability: 100, quiet: 0, failed: 0 }
            """, ContenderKind.Clawdbot));

        Assert.True(run.Faults.Count >= 2, $"{run.Faults.Count} faults");
        Assert.All(run.Objectives, o => Assert.True(o.Held, $"{o.Name}: {o.Measured}; {string.Join("; ", Words.Failures(run))}"));
    }

    [Theory]
    [InlineData(ContenderKind.Single, Explicit = true)]
    [InlineData(ContenderKind.Yarp, Explicit = true)]
    [InlineData(ContenderKind.Nginx, Explicit = true)]
    internal async Task Elsewhere_the_same_is_noticed(ContenderKind kind)
    {
        if (kind == ContenderKind.Nginx)
            Require.Program("/usr/sbin/nginx", "nginx");
        var run = Assert.Single(await RunAsync("""
            name: kills
            topology: { replicas: 2, capacity: 64, tokens_per_second: 20, first_token_ms: 50 }
            load: { steps: [{ rate: 20, seconds: 5 }], streaming: 1, max_tokens: 8 }
            faults: [{ do: kill, to: next, after: 1, every: 2 }]
            """, kind));

        Assert.Contains(run.Samples, s => s.Verdict == Verdict.Failed);
        Assert.Contains(run.Samples, s => s.Verdict == Verdict.Right);
        Assert.DoesNotContain(run.Samples, s => s.Verdict.IsQuiet());
    }

    [Fact(Explicit = true)]
    public async Task A_gateway_that_dies_behind_Nginx_breaks_only_what_it_carried_and_visibly()
    {
        Require.Program("/usr/sbin/nginx", "nginx");
        var run = Assert.Single(await RunAsync("""
            name: gateways
            topology: { replicas: 2, gateways: 2, capacity: 64, tokens_per_second: 50, first_token_ms: 50 }
            load: { steps: [{ rate: 20, seconds: 8 }] }
            faults: [{ do: kill, to: gateway, after: 2, every: 4 }]
            """, ContenderKind.Clawdbot));

        Assert.DoesNotContain(run.Samples, s => s.Verdict.IsQuiet());
        Assert.Contains(run.Samples, s => s.Verdict == Verdict.Failed && s.Stream);
        Assert.All(run.Samples.Where(s => s.Verdict != Verdict.Right), s => Assert.True(s.Stream, s.Detail)); // plain requests are asked again
    }

    [Fact(Explicit = true)]
    public async Task The_original_document_s_hundred_requests_are_a_hundred_answers()
    {
        var run = Assert.Single(await RunAsync("original", ContenderKind.Clawdbot));

        Assert.Equal((100, 100), (run.Samples.Count, run.Samples.Count(s => s.Verdict == Verdict.Right)));
        Assert.True(run.Faults.Count >= 5);
    }

    [Fact(Explicit = true)]
    public async Task Every_fault_by_chance_alone_and_in_pairs_goes_unnoticed()
    {
        var run = Assert.Single(await RunAsync("""
            name: all-faults, shorter
            topology: { replicas: 4, capacity: 64, tokens_per_second: 50, first_token_ms: 50, restart_after_ms: 100, gateway_settings: { "Health:SoftEjectionMilliseconds": "500" } }
            load: { steps: [{ rate: 30, seconds: 24 }], max_tokens: 8, patience_seconds: 60 }
            random_faults: { seed: 2, every: 0.6, pairs: 0.3, lasting: 0.8, leave_healthy: 2 }
            objectives: { availability: 100, quiet: 0, failed: 0 }
            """, ContenderKind.Clawdbot));

        Assert.True(run.Faults.Select(f => f.Fault).Distinct().Count() >= 15, $"only {string.Join(", ", run.Faults.Select(f => f.Fault).Distinct())}");
        Assert.All(run.Objectives, o => Assert.True(o.Held, $"{o.Name}: {o.Measured}; {string.Join("; ", Words.Failures(run))}"));
        Assert.All(run.Trends.Where(t => t.Process == "gateway-0"), t => Assert.True(t.Lives == 1 && t.Memory.Last > 0 && t.Descriptors.Last > 0 && t.Threads.Last > 0 && t.Heap.Max > 0, $"{t}"));
    }

    [Fact(Explicit = true)]
    public async Task Half_of_the_fleet_killed_at_once_goes_unnoticed()
    {
        var run = Assert.Single(await RunAsync("""
            name: half-fleet, shorter
            topology: { replicas: 4, capacity: 64, tokens_per_second: 25, first_token_ms: 50, restart_after_ms: 100 }
            load: { steps: [{ rate: 20, seconds: 12 }], streaming: 1, max_tokens: 24 }
            faults: [{ do: kill, to: half, after: 3, every: 5 }]
            objectives: { availability: 100, quiet: 0, failed: 0 }
            """, ContenderKind.Clawdbot));

        Assert.InRange(run.Faults.Count, 4, 6);
        Assert.All(run.Faults.Chunk(2), pair => Assert.InRange(pair[1].At - pair[0].At, 0, 100));
        Assert.All(run.Objectives, o => Assert.True(o.Held, $"{o.Name}: {o.Measured}; {string.Join("; ", Words.Failures(run))}"));
    }

    [Fact(Explicit = true)]
    public async Task Planned_stops_of_every_replica_and_of_both_gateways_behind_Nginx_lose_nothing()
    {
        Require.Program("/usr/sbin/nginx", "nginx");
        var run = Assert.Single(await RunAsync("""
            name: rolling-restart, shorter
            topology: { replicas: 3, gateways: 2, capacity: 64, tokens_per_second: 50, first_token_ms: 50, restart_after_ms: 100, gateway_settings: { "Edge:LeaveMilliseconds": "2000" } }
            load: { steps: [{ rate: 30, seconds: 24 }] }
            faults: [{ do: terminate, to: next, after: 1, every: 4 }, { do: terminate, to: gateway, after: 2, every: 10 }]
            objectives: { availability: 100, quiet: 0, failed: 0 }
            """, ContenderKind.Clawdbot));

        Assert.Equal(["gateway-0", "gateway-1", "replica-0", "replica-1", "replica-2"], run.Faults.Select(f => f.Target).Distinct().Order());
        Assert.All(run.Objectives, o => Assert.True(o.Held, $"{o.Name}: {o.Measured}; {string.Join("; ", Words.Failures(run))}"));
    }

    private async Task<IReadOnlyList<RunResult>> RunAsync(string scenario, ContenderKind kind)
    {
        var read = scenario.Contains('\n', StringComparison.Ordinal) ? ScenarioFile.Parse(scenario, "the test's scenario") : ScenarioFile.Read(scenario);
        var runs = await new DrillRun(read, output.WriteLine, TimeProvider.System).RunAsync([kind], TestContext.Current.CancellationToken);
        foreach (var run in runs)
            output.WriteLine($"{run.Contender}: {string.Join(", ", run.Samples.GroupBy(s => s.Verdict).Select(g => $"{g.Key} {g.Count()}"))}; {run.Faults.Count} faults; {string.Join("; ", run.Failovers.Select(f => $"{f.Key} {f.Value}"))}");
        return runs;
    }
}
