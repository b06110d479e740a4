using System.Globalization;
using System.Text;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Tests.Scenarios.Matrix;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Failover;

/// <summary>Every decision there is, as a table, and what holds for all of them.</summary>
public sealed class FailoverPolicyTests
{
    private static readonly FailoverOptions Options = new();
    private static readonly FailoverPolicy Policy = new(Options);

    /// <summary>How an engine continues what it began, best first.</summary>
    private static readonly (string Name, FailoverState State)[] Engines =
    [
        ("continues by token ids", new() { HasIds = true, IsRepeatable = true, ReplayIsQuick = true }),
        ("repeats with the same seed", new() { IsRepeatable = true, ReplayIsQuick = true }),
        ("continues by text", new() { HasText = true }),
        ("cannot continue", new()),
    ];

    private static readonly (string Name, FleetView View)[] Fleets =
    [
        ("well", All(Availability.Ready) with { OthersAreWell = true, BudgetLeft = true }),
        ("busy", All(Availability.Busy) with { BudgetLeft = true }),
        ("gone", All(Availability.Away) with { BudgetLeft = true }),
    ];

    [Fact]
    public void The_table_of_all_decisions_is_the_one_in_the_documentation() =>
        KeptTable.AssertKept("docs/failover-decisions.md", "decisions", Table());

    [Fact]
    public void No_sequence_of_outcomes_makes_a_run_without_end_and_none_ends_without_a_reason() => Gen.Select(
        Gen.Int[0, Engines.Length - 1].Select(i => Engines[i].State), Gen.Enum<ContinuationPreference>(), Gen.Bool,
        Gen.Select(Gen.Enum<AttemptOutcome>(), Gen.Int[0, 3], Availabilities, Gen.Bool, Gen.Int[0, 2000]).Array[1, 400])
            .Sample((engine, preference, stream, steps) =>
    {
        var (state, outcome, tokens) = (new FailoverState { Preference = preference }, (AttemptOutcome?)null, 50);
        for (var step = 0; step < 5000; step++)
        {
            var (next, brought, available, flag, waited) = steps[step % steps.Length];
            var view = new FleetView
            {
                Fresh = available, Exact = available, Replay = available, Text = available, BudgetLeft = flag, OthersAreWell = !flag,
                IsReturning = flag, MayHedge = flag,
            };
            var decision = Policy.Decide(state, outcome, view);
            outcome = null;
            switch (decision.Action)
            {
                case FailoverAction.End:
                    Assert.True(Enum.IsDefined(decision.Reason));
                    Assert.True(decision.Reason == EndReason.Completed || decision.Reason.Error() is not null
                        || decision.Reason is EndReason.ClientGone or EndReason.Refused);
                    return;
                case FailoverAction.Attempt:
                    var progress = tokens > 0 && brought > 1; // an answer has so many tokens and no more
                    tokens -= progress ? 1 : 0;
                    (outcome, state) = (next, state.After(next, progress, flag));
                    state = progress ? engine with
                    {
                        Preference = preference, IsCommitted = stream, Retries = state.Retries, Failures = state.Failures,
                        Rejections = state.Rejections,
                        Waited = state.Waited, HasDiverged = state.HasDiverged, ReplicaIsOut = flag,
                    } : state;
                    break;
                case FailoverAction.Wait or FailoverAction.Requeue:
                    Assert.True(decision.Limit > TimeSpan.Zero);
                    var pause = TimeSpan.FromMilliseconds(Math.Clamp(waited, 20, decision.Limit.TotalMilliseconds + 20));
                    state = state with { Waited = state.Waited + pause };
                    break;
                default:
                    Assert.Fail($"{decision} with nothing running");
                    break;
            }
        }
        Assert.Fail($"No end after 5000 steps: {state}");
    });

    [Fact]
    public void What_the_client_has_seen_is_never_begun_anew() => Gen.Select(
        Gen.Int[0, Engines.Length - 1].Select(i => Engines[i].State), Gen.Enum<ContinuationPreference>(), Gen.Enum<AttemptOutcome>(),
        Availabilities, Availabilities)
        .Sample((engine, preference, outcome, one, other) =>
    {
        var state = engine with { Preference = preference, IsCommitted = true };
        var decision = Policy.Decide(state, outcome,
            new FleetView { Fresh = Availability.Ready, Exact = one, Replay = other, Text = one, BudgetLeft = true });

        Assert.NotEqual(AttemptKind.Fresh, decision.Kind ?? AttemptKind.Exact);
        if (preference == ContinuationPreference.None)
            Assert.Equal(FailoverAction.End, decision.Action);
        if (preference == ContinuationPreference.Exact)
            Assert.NotEqual(AttemptKind.Text, decision.Kind ?? AttemptKind.Exact);
    });

    private static Gen<Availability> Availabilities => Gen.Enum<Availability>();

    private static FleetView All(Availability availability) =>
        new() { Fresh = availability, Exact = availability, Replay = availability, Text = availability };

    private static string Table()
    {
        var table = new StringBuilder();
        foreach (var (engine, facts) in Engines)
        {
            table.Append(CultureInfo.InvariantCulture, $"\n## The engine {engine}\n\n");
            var columns = new[] { false, true }.SelectMany(committed => Fleets, (committed, fleet) => (committed, fleet)).ToList();
            var heads = columns.Select(c => $"{(c.committed ? "after" : "before")} the first byte, {c.fleet.Name}");
            table.Append(CultureInfo.InvariantCulture, $"| outcome | {string.Join(" | ", heads)} |\n")
                .Append(CultureInfo.InvariantCulture, $"|---|{string.Concat(columns.Select(_ => "---|"))}\n");
            foreach (var outcome in (AttemptOutcome?[])[null, .. Enum.GetValues<AttemptOutcome>().Cast<AttemptOutcome?>()])
            {
                var cells = columns.Select(c => Decision(facts, outcome, c.committed, c.fleet.View));
                table.Append(CultureInfo.InvariantCulture,
                    $"| {(outcome is { } ended ? Attribution.Name(ended) : "(no attempt yet)")} | {string.Join(" | ", cells)} |\n");
            }
        }
        return table.ToString();
    }

    private static string Decision(FailoverState facts, AttemptOutcome? outcome, bool isCommitted, FleetView fleet)
    {
        var state = (outcome is null ? new FailoverState() : facts) with { IsCommitted = isCommitted };
        if (outcome is null && isCommitted)
            return "-";
        return Policy.Decide(outcome is { } ended ? state.After(ended, madeProgress: false, replicaIsOut: false) : state, outcome, fleet)
            .ToString();
    }
}
