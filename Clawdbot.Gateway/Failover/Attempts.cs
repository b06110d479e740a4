using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>The attempts of one request that run at the moment: mostly one, two while it is hedged.</summary>
internal sealed class Attempts(Errand errand, AttemptRunner runner, Hedges hedges) : IAsyncDisposable
{
    private readonly List<(Replica Replica, Task<AttemptResult> Result)> _running = new(1);
    private HedgeArbiter? _arbiter;
    private Replica? _hedge;
    private bool _mayHedge;
    private ReplicaReservation? _reservation;

    /// <summary>Whether any runs.</summary>
    public bool Any => _running.Count > 0;

    /// <summary>Begins one; none may run.</summary>
    /// <param name="replica">Whom to ask.</param>
    /// <param name="mayHedge">Another one may be asked too when this one is late.</param>
    /// <param name="reservation">What keeps others from the replica until there is a token, or the end.</param>
    public void Begin(Replica replica, bool mayHedge, ReplicaReservation? reservation = null)
    {
        _reservation = reservation;
        _arbiter = mayHedge ? hedges.Open(replica, errand.Request) : null;
        (_mayHedge, _hedge) = (_arbiter is not null, null);
        var arbiter = _arbiter;
        runner.TellWhenResumed(errand, () => arbiter?.Winner ?? replica, reservation);
        _running.Add((replica, runner.RunAsync(errand, replica, arbiter, isHedge: false)));
    }

    /// <summary>
    /// The next that ends by more than having lost to the other. Asks a second replica when the first token is late, if there is
    /// <paramref name="second"/> one.
    /// </summary>
    public async Task<(Replica Replica, AttemptResult Result)> NextAsync(Func<Replica, Replica?> second)
    {
        while (true)
        {
            if (_mayHedge && await Task.WhenAny(_running[0].Result, _arbiter!.Late) == _arbiter.Late)
                Hedge(second);
            _mayHedge = false;
            if (_running.Count > 1)
                await Task.WhenAny(_running.Select(r => r.Result));
            var ended = _running.Count == 1 ? _running[0] : _running.Find(r => r.Result.IsCompleted);
            var result = await ended.Result;
            _running.Remove(ended);
            _reservation?.Dispose();
            if (result.Outcome == AttemptOutcome.HedgeLost)
                continue;
            if (_hedge is not null && ReferenceEquals(_arbiter!.Winner, ended.Replica))
            {
                hedges.Decided(ReferenceEquals(_hedge, ended.Replica));
                await EndAsync(); // the other one has been told to long ago
            }
            return (ended.Replica, result);
        }
    }

    /// <summary>An attempt failed while another one runs. When that had its first token in this very moment, it is what the answer goes on with.</summary>
    public void Failed(Action tell)
    {
        tell();
        if (_arbiter?.Winner is { } winner)
            errand.History.Resumed(winner.Id, silence: null);
    }

    /// <summary>Ends what runs; false when one of them has the answer.</summary>
    public bool CallOff() => !Any || _arbiter?.CallOff() == true;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _arbiter?.CallOff();
        await EndAsync();
        _reservation?.Dispose();
    }

    private void Hedge(Func<Replica, Replica?> second)
    {
        if (_arbiter!.Winner is not null || second(_running[0].Replica) is not { } other)
            return;
        _hedge = other;
        _running.Add((other, runner.RunAsync(errand, other, _arbiter, isHedge: true)));
    }

    private async Task EndAsync()
    {
        foreach (var (_, result) in _running)
            await result;
        _running.Clear();
    }
}
