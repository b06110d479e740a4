using BenchmarkDotNet.Attributes;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Bench.Micro;

/// <summary>Choosing a replica.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class PickBenchmark
{
    private readonly LeastLoadedPicker _picker = new(new Random(1));
    private readonly HashSet<ReplicaLive> _avoid = [];
    private ReplicaSet _set = null!;

    /// <summary>Replicas to choose among.</summary>
    [Params(2, 100, 1000)]
    public int Replicas { get; set; }

    /// <summary>Makes the set.</summary>
    [GlobalSetup]
    public void SetUp() => _set = new ReplicaSet([.. Enumerable.Range(0, Replicas).Select(Healthy)]);

    /// <summary>One choice.</summary>
    [Benchmark]
    public object? Pick() => _picker.Pick(_set, new Requirement("m", null), _avoid);

    private static Replica Healthy(int i) => new()
    {
        Id = $"r{i}", Source = "bench", Address = new Uri("http://127.0.0.1:1"), State = ReplicaState.Healthy, Reason = "serving", Since = DateTimeOffset.UnixEpoch,
        Ejection = EjectionCause.None, Pid = null, Starts = 0,
        Live = new ReplicaLive
        {
            Status = new ShimStatus
            {
                Instance = "i", Pid = 1, Model = "m", Identity = "x", Continuation = ContinuationKind.Ids, Repeatable = true, Engine = "bench 1", Verdict = ShimVerdict.Ready, Reason = "serving",
                InFlight = i % 4, Capacity = 8, Started = 0, Continued = 0, TokensGenerated = 0,
            },
        },
    };
}
