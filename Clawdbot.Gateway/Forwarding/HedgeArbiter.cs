using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// Decides between two attempts at one answer. Neither writes anything before its first token; the first to have one gets the answer and
/// is the only one that ever writes, and the other ends at once. Thread-safe.
/// </summary>
/// <param name="lateAfter">Time without a first token after which a second attempt is worth its cost.</param>
internal sealed class HedgeArbiter(TimeSpan lateAfter)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _late = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(AttemptClocks Clocks, Replica Replica)> _entered = new(2);
    private AttemptClocks? _winner;
    private bool _calledOff;

    public TimeSpan LateAfter => lateAfter;

    /// <summary>Completes when the first token is late.</summary>
    public Task Late => _late.Task;

    /// <summary>The replica that the answer comes from; null as long as there is no token.</summary>
    public Replica? Winner
    {
        get
        {
            lock (_lock)
                return _entered.Find(e => e.Clocks == _winner).Replica;
        }
    }

    /// <summary>Called when no token came within <see cref="LateAfter"/>.</summary>
    public void IsLate() => _late.TrySetResult();

    /// <summary>Adds an attempt that begins; ends it at once when the answer is taken or called off.</summary>
    public void Enter(AttemptClocks clocks, Replica replica)
    {
        lock (_lock)
        {
            _entered.Add((clocks, replica));
            if (_winner is not null || _calledOff)
                clocks.Lose();
        }
    }

    /// <summary>Claims the answer for an attempt that has a token; false when another one has it, or it was called off.</summary>
    public bool Claim(AttemptClocks clocks)
    {
        lock (_lock)
        {
            if (_winner is not null || _calledOff)
                return _winner == clocks;
            _winner = clocks;
            EndOthers();
            return true;
        }
    }

    /// <summary>Whether another attempt has the answer, or it was called off.</summary>
    public bool IsLost(AttemptClocks clocks)
    {
        lock (_lock)
            return _winner != clocks && (_winner is not null || _calledOff);
    }

    /// <summary>Ends both attempts; false when one of them has the answer already.</summary>
    public bool CallOff()
    {
        lock (_lock)
        {
            if (_winner is not null)
                return false;
            _calledOff = true;
            EndOthers();
            return true;
        }
    }

    private void EndOthers()
    {
        foreach (var (clocks, _) in _entered)
        {
            if (clocks != _winner)
                clocks.Lose();
        }
    }
}
