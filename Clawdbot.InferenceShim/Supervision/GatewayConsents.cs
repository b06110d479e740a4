using Clawdbot.ServiceDefaults;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Keeps which gateways listen here, and which of them agree to a planned restart of the engine. Thread-safe.</summary>
internal sealed class GatewayConsents(TimeProvider time)
{
    /// <summary>How long a gateway that has left still counts, because it may send a request at any moment.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Gateway> _gateways = [];
    private int _unnamed;

    /// <summary>Registers a gateway that opens its status stream; dispose the result when the stream ends.</summary>
    /// <param name="gateway">Its name; a gateway without one counts as one that never agrees.</param>
    public IDisposable Listening(string? gateway)
    {
        lock (_lock)
        {
            var name = string.IsNullOrEmpty(gateway) ? $"unnamed {_unnamed++}" : gateway;
            if (!_gateways.TryGetValue(name, out var known))
                _gateways[name] = known = new Gateway();
            known.Streams++;
            return new Registration(this, known);
        }
    }

    /// <summary>Takes the consent of a gateway for a while; it counts only when the gateway listens.</summary>
    public void Agree(string gateway, TimeSpan lease)
    {
        lock (_lock)
        {
            if (_gateways.TryGetValue(gateway, out var known))
                known.AgreedUntil = time.GetMonotonicTime() + lease;
        }
    }

    /// <summary>Whether every gateway agrees that listens, or did so in the last 5 s, and there is at least one.</summary>
    public bool IsUnanimous
    {
        get
        {
            lock (_lock)
            {
                var now = time.GetMonotonicTime();
                foreach (var name in _gateways.Where(g => g.Value.Streams == 0 && now - g.Value.Left > Memory).Select(g => g.Key).ToList())
                    _gateways.Remove(name);
                return _gateways.Count > 0 && _gateways.Values.All(g => g.AgreedUntil > now);
            }
        }
    }

    private void Leave(Gateway gateway)
    {
        lock (_lock)
        {
            gateway.Streams--;
            gateway.Left = time.GetMonotonicTime();
        }
    }

    private sealed class Gateway
    {
        public int Streams { get; set; }

        public MonotonicTime Left { get; set; } = MonotonicTime.LongAgo;

        public MonotonicTime AgreedUntil { get; set; } = MonotonicTime.LongAgo;
    }

    private sealed class Registration(GatewayConsents consents, Gateway gateway) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (!_left)
                consents.Leave(gateway);
            _left = true;
        }
    }
}
