using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>Why a request was not taken.</summary>
internal enum GateRefusal
{
    /// <summary>It was taken.</summary>
    None,

    /// <summary>All slots are taken.</summary>
    Full,

    /// <summary>The shim takes nothing new.</summary>
    Draining,

    /// <summary>The engine does not generate, or not yet.</summary>
    NotReady,
}

/// <summary>
/// Counts the generations that run, and decides whether more may. New requests stop at the capacity; answers that began elsewhere may
/// exceed it by as much again, so that a moved stream never waits behind new ones. Thread-safe.
/// </summary>
internal sealed class ConcurrencyGate(IOptions<EngineOptions> options, EngineWatch watch)
{
    private readonly Lock _lock = new();
    private readonly ChangeSignal _changed = new();
    private string? _draining;

    /// <summary>New requests taken at once.</summary>
    public int Capacity { get; } = options.Value.Capacity;

    /// <summary>Generations that run now.</summary>
    public int InFlight { get; private set; }

    /// <summary>Completes at the next change of slots or drain; the engine's own are <see cref="EngineWatch.Changed"/>.</summary>
    public Task Changed => _changed.Next;

    /// <summary>The verdict on the replica, and its reason in words.</summary>
    public (ShimVerdict Verdict, string Reason) Verdict
    {
        get
        {
            lock (_lock)
                return _draining is null ? watch.Verdict : (ShimVerdict.Draining, _draining);
        }
    }

    /// <summary>Takes a slot. Give it back by <see cref="Leave"/>.</summary>
    public GateRefusal TryEnter(bool continuation)
    {
        lock (_lock)
        {
            if (_draining is not null)
                return GateRefusal.Draining;
            if (watch.Verdict.Verdict != ShimVerdict.Ready)
                return GateRefusal.NotReady;
            if (InFlight >= (continuation ? 2 * Capacity : Capacity))
                return GateRefusal.Full;
            InFlight++;
            _changed.Raise();
            return GateRefusal.None;
        }
    }

    /// <summary>Gives a slot back.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            InFlight--;
            _changed.Raise();
        }
    }

    /// <summary>Takes nothing new from now on; what runs goes on.</summary>
    public void Drain(string reason)
    {
        lock (_lock)
        {
            _draining = reason;
            _changed.Raise();
        }
    }

    /// <summary>Takes requests again.</summary>
    public void Return()
    {
        lock (_lock)
        {
            _draining = null;
            _changed.Raise();
        }
    }

    /// <summary>Completes when nothing runs.</summary>
    public async Task EmptyAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (InFlight == 0)
                    return;
                changed = _changed.Next;
            }
            await changed.WaitAsync(cancellation);
        }
    }
}
