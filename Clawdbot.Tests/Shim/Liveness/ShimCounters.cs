using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>What one shim has counted, where several are in one process.</summary>
internal sealed class ShimCounters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(object? Owner, string Name, string Tags, long Value)> _seen = new();
    private IMeterFactory? _owner;

    public ShimCounters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is Counter<long> && instrument.Name.StartsWith("clawdbot.shim.", StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _seen.Enqueue(
            (instrument.Meter.Scope, instrument.Name, string.Join(',', tags.ToArray().Select(t => $"{t.Key}={t.Value}")), value)));
        _listener.Start();
    }

    /// <summary>Whose counters these are.</summary>
    public void Of(IMeterFactory owner) => _owner = owner;

    /// <summary>The sum of what has this among its tags.</summary>
    public long Sum(string name, string? tag) =>
        _seen.Where(s => s.Owner == _owner && s.Name == name)
            .Where(s => tag is null || s.Tags.Contains(tag, StringComparison.Ordinal)).Sum(s => s.Value);

    public void Dispose() => _listener.Dispose();
}
