using Clawdbot.Gateway.Health;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Health;

/// <summary>What holds after any evidence in any order at any times.</summary>
public sealed class ReplicaHealthProperties
{
    private const int Strikes = 3;
    private const int Successes = 2;

    private static readonly ReplicaState[] Serving = [ReplicaState.Healthy, ReplicaState.Suspect, ReplicaState.Probation];

    private static readonly Gen<Evidence> Any = Gen.Select(
        Gen.Frequency<Evidence>(
            (6, Gen.OneOf(ShimVerdict.Ready, ShimVerdict.Ready, ShimVerdict.Ready, ShimVerdict.Starting, ShimVerdict.Draining,
                ShimVerdict.Sick)
                .Select(v => (Evidence)new Says(v))),
            (2, Gen.OneOf(EjectionCause.Exited, EjectionCause.ConnectionLost, EjectionCause.Silent, EjectionCause.Verdict,
                EjectionCause.Unproven)
                .Select(c => (Evidence)new Ejects(c))),
            (3, Gen.Const((Evidence)new Succeeds())),
            (6, Gen.Frequency((5, true), (1, false)).Select(may => (Evidence)new Strike(may))),
            (4, Gen.Select(Gen.Enum<Standing>(), Gen.Frequency((5, true), (1, false)),
                (standing, may) => (Evidence)new Compares(standing, may)))),
        Gen.OneOf(0, 1, 250, 1000, 3001, 5000, 90_000),
        (evidence, after) => evidence with { After = TimeSpan.FromMilliseconds(after) });

    [Fact]
    public void Whatever_happens_the_states_keep_their_promises() => Any.Array[1, 60].Sample(sequence =>
    {
        MonotonicTime now = default;
        var health = new ReplicaHealth(new HealthOptions { StrikesOut = Strikes, SuccessesIn = Successes }, now);
        var strikes = 0;
        foreach (var evidence in sequence)
        {
            now += evidence.After;
            var before = Facts(health);
            var changed = Give(health, evidence, now);
            var after = Facts(health);

            Assert.Equal(before != after, changed);
            Assert.Equal(after.State == before.State ? before.Since : now, after.Since);
            Assert.False(after.State == ReplicaState.Healthy && after.Ejection != EjectionCause.None, "a healthy replica is not ejected");
            Assert.False(after.State == ReplicaState.Ejected && after.Ejection == EjectionCause.None, "an ejected replica has a cause");
            Assert.NotEqual(ReplicaState.Gone, after.State);

            Assert.InRange(health.Weight(now), 0.1, 1);
            Assert.True(health.Weight(now) <= health.Weight(now + TimeSpan.FromSeconds(1)),
                "without evidence against it a weight only rises");
            if (after.State == ReplicaState.Healthy && now - after.Since > TimeSpan.FromSeconds(10))
                Assert.Equal(1, health.Weight(now));

            strikes = evidence is Strike && Serving.Contains(before.State) ? strikes + 1 : evidence is Succeeds ? 0 : strikes;
            Check(evidence, before, after, strikes);
            if (after.State != before.State && after.State is ReplicaState.Healthy or ReplicaState.Probation)
                strikes = 0;
        }
    }, iter: 3000);

    [Fact]
    public void After_hard_evidence_ready_statuses_alone_bring_it_back() => Gen.Select(
        Any.Array[0, 30], Gen.OneOf(EjectionCause.Exited, EjectionCause.Silent, EjectionCause.Verdict, EjectionCause.Unproven),
        Gen.Int[2, 5]).Sample((sequence, cause, needed) =>
    {
        MonotonicTime now = default;
        var health = new ReplicaHealth(new HealthOptions { SuccessesIn = needed }, now);
        foreach (var evidence in sequence)
            Give(health, evidence, now += evidence.After);
        health.Eject(cause, "the test says so", now);

        for (var ready = 1; ready <= needed; ready++)
        {
            Assert.NotEqual(ReplicaState.Healthy, health.State);
            health.StatusReceived(SomeReplica.Status(ShimVerdict.Ready), now);
        }

        Assert.Equal(ReplicaState.Healthy, health.State);
    }, iter: 1000);

    private static void Check(Evidence evidence, Known before, Known after, int strikes)
    {
        switch (evidence)
        {
            case Ejects { Cause: EjectionCause.ConnectionLost } when before.State == ReplicaState.Starting:
                Assert.Equal(ReplicaState.Starting, after.State);
                break;
            case Ejects { Cause: var cause }:
                Assert.Equal((ReplicaState.Ejected, cause), (after.State, after.Ejection));
                break;
            case Says { Verdict: ShimVerdict.Sick }:
                Assert.Equal((ReplicaState.Ejected, EjectionCause.Verdict), (after.State, after.Ejection));
                break;
            case Says { Verdict: ShimVerdict.Draining }:
                Assert.Equal(ReplicaState.Draining, after.State);
                break;
            case Says { Verdict: ShimVerdict.Starting }:
                Assert.Equal(ReplicaState.Starting, after.State);
                break;
            case Says:
                Assert.False(before.State == ReplicaState.Ejected && after.State == ReplicaState.Healthy,
                    "there is no return without a trial");
                break;
            case Succeeds:
                Assert.True(after.State == before.State || after.State == ReplicaState.Healthy, "a success never worsens");
                break;
            case Compares when !Serving.Contains(before.State):
                Assert.Equal(before, after);
                break;
            case Compares { Standing: Standing.Slow, MayEject: false }:
                Assert.Equal(ReplicaState.Suspect, after.State);
                break;
            case Compares { Standing: Standing.Slow }:
                Assert.True(after is { State: ReplicaState.Suspect } or { State: ReplicaState.Ejected, Ejection: EjectionCause.Slow },
                    "a slow one is no longer healthy");
                Assert.True(before.State != ReplicaState.Healthy || after.State == ReplicaState.Suspect,
                    "nobody is ejected at the first sight of slowness");
                break;
            case Compares:
                Assert.True(after.State == before.State || after.State == ReplicaState.Healthy,
                    "to be as fast as the others is nothing bad");
                break;
            case Strike when !Serving.Contains(before.State):
                Assert.Equal(before, after);
                break;
            case Strike { MayEject: false }:
                Assert.Equal(ReplicaState.Suspect, after.State);
                break;
            case Strike:
                Assert.Equal(before.State == ReplicaState.Probation || strikes >= Strikes ? ReplicaState.Ejected : ReplicaState.Suspect,
                    after.State);
                break;
        }
    }

    private static bool Give(ReplicaHealth health, Evidence evidence, MonotonicTime now) => evidence switch
    {
        Says says => health.StatusReceived(SomeReplica.Status(says.Verdict), now),
        Ejects ejects => health.Eject(ejects.Cause, $"the test says {ejects.Cause}", now),
        Succeeds => health.Succeeded(now),
        Strike strikes => health.Struck(AttemptOutcome.StallTimeout, Doubt(strikes.MayEject), now),
        Compares compares => health.Compared(new Comparison(compares.Standing, 5, "slow, the test says"), Doubt(compares.MayEject), now),
        _ => throw new ArgumentOutOfRangeException(nameof(evidence)),
    };

    private static string? Doubt(bool mayEject) => mayEject ? null : "the test doubts it";

    private static Known Facts(ReplicaHealth health) => new(health.State, health.Reason, health.Since, health.Ejection);

    private sealed record Known(ReplicaState State, string Reason, MonotonicTime Since, EjectionCause Ejection);

    private abstract record Evidence
    {
        public TimeSpan After { get; init; }
    }

    private sealed record Says(ShimVerdict Verdict) : Evidence;

    private sealed record Ejects(EjectionCause Cause) : Evidence;

    private sealed record Succeeds : Evidence;

    private sealed record Strike(bool MayEject) : Evidence;

    private sealed record Compares(Standing Standing, bool MayEject) : Evidence;
}
