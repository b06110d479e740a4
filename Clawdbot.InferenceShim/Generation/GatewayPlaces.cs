using Clawdbot.ServiceDefaults;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>What one gateway may have on this replica.</summary>
/// <param name="Places">New requests that it may have here at once now.</param>
/// <param name="Share">
/// The number that <paramref name="Places"/> grows to when it wants everything and others have finished what is beyond theirs.
/// </param>
internal readonly record struct GatewayShare(int Places, int Share);

/// <summary>
/// Divides the capacity among the gateways that listen, by what each says it wants, so that together they send no more than the engine
/// takes. A gateway's share goes to the others when its status stream ends. Thread-safe.
/// </summary>
internal sealed class GatewayPlaces(ConcurrencyGate gate, TimeProvider time)
{
    /// <summary>How long a demand counts; a gateway that goes on wanting says so again before.</summary>
    private static readonly TimeSpan DemandLife = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly ChangeSignal _changed = new();
    private readonly Dictionary<string, Gateway> _gateways = [];

    /// <summary>Completes when gateways come or go, or one wants another number of places.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Registers a gateway that opens its status stream; dispose the result when the stream ends.</summary>
    /// <param name="gateway">Its name; one without a name has no share.</param>
    public IDisposable? Listening(string? gateway) => Count(gateway, static (known, by) => known.Streams += by);

    /// <summary>Counts a generation of a gateway until the result is disposed.</summary>
    public IDisposable? Entered(string? gateway) => Count(gateway, static (known, by) => known.InFlight += by);

    /// <summary>Takes how many places a gateway wants; ignored of one that does not listen.</summary>
    public void Wants(string gateway, int places)
    {
        lock (_lock)
        {
            if (!_gateways.TryGetValue(gateway, out var known) || known.Streams == 0)
                return;
            var before = Demand(known);
            (known.Wanted, known.WantedAt) = (places, time.GetMonotonicTime());
            if (before != places)
                _changed.Raise();
        }
    }

    /// <summary>What a gateway may have; null when it has everything for itself, or there are more gateways than places.</summary>
    public GatewayShare? Of(string? gateway)
    {
        lock (_lock)
        {
            // In an order that differs from shim to shim: a place that can't be divided is not the same gateway's everywhere.
            var listening = _gateways.Where(g => g.Value.Streams > 0).OrderBy(g => g.Key.GetHashCode(StringComparison.Ordinal)).ToList();
            var mine = listening.FindIndex(g => g.Key == gateway);
            if (mine < 0 || listening.Count < 2 || gate.Capacity < listening.Count)
                return null;
            var wanted = listening.Select(g => Demand(g.Value)).ToArray();
            var now = PlaceSplit.Of(gate.Capacity, wanted)[mine];
            wanted[mine] = gate.Capacity;
            var share = PlaceSplit.Of(gate.Capacity, wanted)[mine];
            // What others have beyond their shares ends by itself; until then it is not given away twice.
            var free = Math.Max(0, gate.Capacity - (gate.InFlight - listening[mine].Value.InFlight));
            return new GatewayShare(Math.Min(now, free), share);
        }
    }

    private int Demand(Gateway gateway) => time.GetMonotonicTime() - gateway.WantedAt < DemandLife ? gateway.Wanted : 0;

    private Registration? Count(string? name, Action<Gateway, int> count)
    {
        if (string.IsNullOrEmpty(name))
            return null;
        lock (_lock)
        {
            if (!_gateways.TryGetValue(name, out var known))
                _gateways[name] = known = new Gateway();
            count(known, 1);
            _changed.Raise();
        }
        return new Registration(this, name, count);
    }

    private void Leave(string name, Action<Gateway, int> count)
    {
        lock (_lock)
        {
            var known = _gateways[name];
            count(known, -1);
            if (known is { Streams: 0, InFlight: 0 })
                _gateways.Remove(name);
            _changed.Raise();
        }
    }

    private sealed class Gateway
    {
        public int Streams { get; set; }

        public int InFlight { get; set; }

        public int Wanted { get; set; }

        public MonotonicTime WantedAt { get; set; } = MonotonicTime.LongAgo;
    }

    private sealed class Registration(GatewayPlaces places, string name, Action<Gateway, int> count) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                places.Leave(name, count);
        }
    }
}
