namespace Clawdbot.Gateway.Replicas;

/// <summary>
/// How fast the replicas of a model answered lately: the median of them, so that a single slow one changes nothing. Thread-safe.
/// </summary>
internal sealed class FleetLatency(ReplicaTable table, TimeProvider time)
{
    /// <summary>How long figures are kept: every attempt asks for them, and all replicas are looked at to make them.</summary>
    private static readonly TimeSpan Holds = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private Dictionary<string, LatencyFigures?> _figures = [];
    private long? _madeAt;

    /// <summary>Figures of the replicas that serve <paramref name="model"/>; null when too little was seen.</summary>
    public LatencyFigures? Of(string? model)
    {
        if (model is null)
            return null;
        lock (_lock)
        {
            if (_madeAt is not { } at || time.GetElapsedTime(at) >= Holds)
                (_figures, _madeAt) = (Make(), time.GetTimestamp());
            return _figures.GetValueOrDefault(model);
        }
    }

    private Dictionary<string, LatencyFigures?> Make() => table.Current.Routable
        .Where(r => r.Model is not null && r.Live.Latency.Figures is not null)
        .GroupBy(r => r.Model!, r => r.Live.Latency.Figures!)
        .ToDictionary(g => g.Key, g => LatencyFigures.Middle([.. g]));
}
