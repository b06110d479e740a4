using Clawdbot.Gateway.Replicas;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Admission;

/// <summary>What admission said.</summary>
internal enum Admitted
{
    /// <summary>Come in.</summary>
    Yes,

    /// <summary>The queue is full, or the wait was too long: 429.</summary>
    Saturated,

    /// <summary>No replica serves: 503.</summary>
    NoReplica,

    /// <summary>The client left while waiting.</summary>
    ClientGone,
}

/// <summary>
/// Grants as many leases as the routable replicas have places, first come first served, and lets a bounded number wait.
/// A lease is held to the last byte of the answer. Thread-safe.
/// </summary>
internal sealed class AdmissionQueue
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private readonly ReplicaTable _table;
    private readonly AdmissionOptions _options;
    private readonly TimeProvider _time;
    private int _leases;
    private double _holdSeconds = 2;

    public AdmissionQueue(ReplicaTable table, IOptions<AdmissionOptions> options, TimeProvider time)
    {
        (_table, _options, _time) = (table, options.Value, time);
        _ = PumpOnChangeAsync();
    }

    /// <summary>Leases held.</summary>
    public int Active => Volatile.Read(ref _leases);

    /// <summary>Requests waiting.</summary>
    public int Queued
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>Most that may wait.</summary>
    public int QueueLimit => _options.QueueLimit;

    /// <summary>Waits for a place.</summary>
    public async Task<(Admitted Result, Lease? Lease)> EnterAsync(CancellationToken client)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_waiting.Count == 0 && _leases < _table.Current.Capacity)
                return (Admitted.Yes, Grant());
            if (_table.Current.All.IsEmpty)
                return (Admitted.NoReplica, null);
            if (_waiting.Count >= _options.QueueLimit)
                return (Refusal(), null);
            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        return await WaitAsync(place, client);
    }

    /// <summary>Seconds after which a place is likely, from the drain rate: places times how fast one gets free.</summary>
    public int RetryAfterSeconds()
    {
        lock (_lock)
        {
            var places = Math.Max(1, _table.Current.Capacity);
            var wait = _table.Current.Capacity == 0 ? 2 : (_waiting.Count + 1) * _holdSeconds / places;
            return (int)Math.Clamp(Math.Ceiling(wait), 1, 60);
        }
    }

    private async Task<(Admitted, Lease?)> WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken client)
    {
        await SitAsync(place.Value.Task, client);
        lock (_lock)
        {
            if (place.List is not null)
            {
                _waiting.Remove(place); // nobody came for us
                return (client.IsCancellationRequested ? Admitted.ClientGone : Refusal(), null);
            }
            if (!client.IsCancellationRequested)
                return (Admitted.Yes, new Lease(this, _time));
            Return();
            return (Admitted.ClientGone, null);
        }
    }

    /// <summary>Until called, until the client leaves, or until it has taken too long: sooner where nobody serves at all.</summary>
    private async Task SitAsync(Task called, CancellationToken client)
    {
        var queue = TimeSpan.FromSeconds(_options.QueueSeconds);
        var first = _table.Current.Capacity == 0 ? TimeSpan.FromSeconds(Math.Min(_options.NoReplicaSeconds, _options.QueueSeconds)) : queue;
        await called.WaitAsync(first, _time, client).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!called.IsCompleted && first < queue && _table.Current.Capacity > 0)
            await called.WaitAsync(queue - first, _time, client).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Admitted Refusal() => _table.Current.Capacity == 0 ? Admitted.NoReplica : Admitted.Saturated;

    private Lease Grant()
    {
        _leases++;
        return new Lease(this, _time);
    }

    private void Return()
    {
        _leases--;
        Pump();
    }

    /// <summary>Hands free places to those who wait longest. Under the lock.</summary>
    private void Pump()
    {
        while (_waiting.First is { } first && _leases < _table.Current.Capacity)
        {
            _waiting.RemoveFirst();
            _leases++;
            first.Value.SetResult();
        }
    }

    private async Task PumpOnChangeAsync()
    {
        while (true)
        {
            var changed = _table.Changed;
            lock (_lock)
                Pump();
            await changed;
        }
    }

    /// <summary>A place, held until disposed.</summary>
    internal sealed class Lease(AdmissionQueue queue, TimeProvider time) : IDisposable
    {
        private const double Memory = 0.9;
        private readonly long _since = time.GetTimestamp();
        private bool _returned;

        /// <inheritdoc/>
        public void Dispose()
        {
            lock (queue._lock)
            {
                if (_returned)
                    return;
                _returned = true;
                queue._holdSeconds = Memory * queue._holdSeconds + (1 - Memory) * time.GetElapsedTime(_since).TotalSeconds;
                queue.Return();
            }
        }
    }
}
