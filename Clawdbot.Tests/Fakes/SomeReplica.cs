using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Fakes;

/// <summary>Replicas and statuses of which a test names only what it is about.</summary>
internal static class SomeReplica
{
    public const string Model = "m";
    public const string Identity = "identity-1";

    public static Replica In(
        ReplicaState state, string id = "r", string model = Model, string identity = Identity, int capacity = 4, int load = 0,
        bool exact = true) => new()
        {
            Id = id,
            Source = "test",
            Address = new Uri("http://127.0.0.1:1"),
            State = state,
            Reason = "because the test says so",
            Since = DateTimeOffset.UnixEpoch,
            Ejection = state == ReplicaState.Ejected ? EjectionCause.Exited : EjectionCause.None,
            Pid = null,
            Starts = 0,
            Description = ReplicaDescription.Of(Status(ShimVerdict.Ready, model, identity, capacity, load, exact)),
            Live = new ReplicaLive { Status = Status(ShimVerdict.Ready, model, identity, capacity, load, exact) },
        };

    public static Replica Healthy(string id = "r", int capacity = 4, int load = 0) =>
        In(ReplicaState.Healthy, id, capacity: capacity, load: load);

    public static ReplicaSet SetOf(int capacity) => new(capacity == 0 ? [In(ReplicaState.Starting)] : [Healthy(capacity: capacity)]);

    public static ShimStatus Status(
        ShimVerdict verdict, string model = Model, string identity = Identity, int capacity = 4, int load = 0, bool exact = true) => new()
        {
            Instance = "instance-1",
            Pid = 1,
            Model = model,
            Identity = identity,
            Continuation = exact ? ContinuationKind.Ids : ContinuationKind.None,
            Repeatable = exact,
            Engine = "test 1",
            Verdict = verdict,
            Reason = $"says {verdict}",
            InFlight = load,
            Capacity = capacity,
            Started = 0,
            Continued = 0,
            TokensGenerated = 0,
        };
}
