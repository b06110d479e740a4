using Clawdbot.ServiceDefaults;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Which gateways listen here, and which of them agree to a planned restart of the engine. Thread-safe.</summary>
internal sealed class GatewayConsents(TimeProvider time)
{
    /// <summary>A gateway that listened so short a time ago may send a request at any moment.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Gateway> _gateways = [];
    private int _unnamed;

    /// <summary>A gateway opens its status stream; dispose what is returned when it ends.</summary>
    /// <param name="gateway">Its name; one that does not say it counts as one that never agrees.</param>
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

    /// <summary>A gateway agrees, for a while. Only of those that listen it counts.</summary>
    public void Agree(string gateway, TimeSpan lease)
    {
        lock (_lock)
        {
            if (_gateways.TryGetValue(gateway, out var known))
                known.AgreedUntil = time.GetMonotonicTime() + lease;
        }
    }

    /// <summary>Every gateway that listens, or did so in the last 5 s, agrees; and there is one.</summary>
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
