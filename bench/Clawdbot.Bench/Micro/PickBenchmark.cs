using BenchmarkDotNet.Attributes;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Bench.Micro;

/// <summary>Choosing a replica.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class PickBenchmark
{
    private readonly ReplicaPicker _picker = new(new LeastLoadedPicker(new Random(1)), Options.Create(new RoutingOptions()));
    private ulong _key;
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

    /// <summary>One choice of the replica whose caches should know the request.</summary>
    [Benchmark]
    public object? PickHome() => _picker.Pick(_set, new Requirement("m", null, Key: unchecked(_key += 0x9E37_79B9_7F4A_7C15)), _avoid);

    private static Replica Healthy(int i)
    {
        var status = new ShimStatus
        {
            Instance = "i", Pid = 1, Model = "m", Identity = "x", Continuation = ContinuationKind.Ids, Repeatable = true,
            Engine = "bench 1", Verdict = ShimVerdict.Ready, Reason = "serving",
            InFlight = i % 4, Capacity = 8, Started = 0, Continued = 0, TokensGenerated = 0,
        };
        return new()
        {
            Id = $"r{i}", Source = "bench", Address = new Uri("http://127.0.0.1:1"),
            State = ReplicaState.Healthy, Reason = "serving", Since = DateTimeOffset.UnixEpoch,
            Ejection = EjectionCause.None, Pid = null, Starts = 0,
            Description = ReplicaDescription.Of(status), Live = new ReplicaLive { Status = status },
        };
    }
}
