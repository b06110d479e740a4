using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>The attempts of one request that run at the moment: mostly one, two while it is hedged.</summary>
internal sealed class RunningAttempts(FailoverServices services, AttemptHistory history, FailoverRecorder recorder)
    : IAttemptObserver, IAsyncDisposable
{
    private readonly List<(Attempt Attempt, Task<AttemptResult> Result)> _running = new(1);
    private HedgeArbiter? _arbiter;
    private Replica? _second;
    private bool _isHedged;
    private bool _awaitsLateness;
    private ReplicaReservation? _reservation;

    /// <summary>Number of attempts that run.</summary>
    public int Count => _running.Count;

    /// <summary>The replica whose first token came first while two ran; null otherwise.</summary>
    public Replica? Winner => _running.Count > 0 ? _arbiter?.Winner : null;

    /// <summary>Begins an attempt; none may run.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="mayHedge">Whether another replica may be asked too when the first token is late.</param>
    /// <param name="reservation">Keeps other requests from the replica until the first token or the end; null where none does.</param>
    public void Begin(Attempt attempt, bool mayHedge, ReplicaReservation? reservation)
    {
        _reservation = reservation;
        _arbiter = mayHedge ? services.Hedges.Open(attempt.Replica, attempt.Request) : null;
        (_awaitsLateness, _isHedged) = (_arbiter is not null, false);
        attempt.Response.AttemptBegins();
        Run(attempt with { Arbiter = _arbiter });
    }

    /// <summary>Whether a second replica may be asked now; it is paid from the retry budget at once.</summary>
    public bool MayHedge(ReplicaChoice choice)
    {
        if (_isHedged || _arbiter is null or { Winner: not null } || choice.Second(_running[0].Attempt.Replica) is not { } second)
            return false;
        _second = second;
        return services.Hedges.Allows(second);
    }

    /// <summary>Asks the second replica that <see cref="MayHedge"/> found.</summary>
    public void Hedge()
    {
        _isHedged = true;
        Run(_running[0].Attempt with { Replica = _second!, IsHedge = true });
    }

    /// <summary>
    /// Waits for the next attempt that ends otherwise than by losing to the other one; null when the first token is late before that.
    /// </summary>
    public async Task<EndedAttempt?> NextAsync()
    {
        if (_awaitsLateness)
        {
            _awaitsLateness = false;
            if (await Task.WhenAny(_running[0].Result, _arbiter!.Late) == _arbiter.Late)
                return null;
        }
        while (true)
        {
            if (_running.Count > 1)
                await Task.WhenAny(_running.Select(r => r.Result));
            var ended = _running.Count == 1 ? _running[0] : _running.Find(r => r.Result.IsCompleted);
            var result = await ended.Result;
            _running.Remove(ended);
            _reservation?.Dispose();
            if (result.Outcome == AttemptOutcome.HedgeLost)
                continue;
            if (_isHedged && ReferenceEquals(_arbiter!.Winner, ended.Attempt.Replica))
            {
                services.Hedges.Decided(bySecond: ended.Attempt.IsHedge);
                await EndAsync(); // the other one was told to end when it lost
            }
            return new EndedAttempt(ended.Attempt, result);
        }
    }

    /// <summary>Ends the attempts that run; false when one of them has the answer already.</summary>
    public bool CallOff() => _running.Count == 0 || _arbiter?.CallOff() == true;

    /// <inheritdoc/>
    public void FirstToken(Attempt attempt)
    {
        _reservation?.Dispose(); // a request that has a token is no suspect any more
        recorder.FirstToken(attempt);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _arbiter?.CallOff();
            await EndAsync();
        }
        finally
        {
            _reservation?.Dispose();
        }
    }

    private void Run(Attempt attempt) => _running.Add((attempt, services.Runner.RunAsync(attempt, history)));

    private async Task EndAsync()
    {
        foreach (var (_, result) in _running)
            await result;
        _running.Clear();
    }
}
