using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// Joins everything that can end an attempt from outside in one token: the client left, the replica was lost, the request's
/// deadline passed, another attempt has the answer, or a token did not come in time. Afterwards it tells which of them it was.
/// </summary>
/// <remarks>
/// Each token only stores when the next one is due: the timer looks at that when it fires, and is set again if there is time
/// left. Setting the timer anew for every token would cost more than reading the token.
/// </remarks>
internal sealed class AttemptClocks : IDisposable
{
    private const long Never = long.MaxValue;

    /// <summary>Interval at which a silence is checked again that the engine's load or a standstill of this process explains.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    private readonly Lock _ending = new();
    private readonly CancellationTokenSource _any;
    private readonly AttemptCancellation _outside;
    private readonly ReplicaLive? _live;
    private readonly HedgeArbiter? _arbiter;
    private readonly TokenLimits _limits;
    private readonly long _began;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private TimeSpan _next;
    private long _due;
    private long _tokenAt;
    private long _looksAt;
    private bool _stoodStill;
    private volatile bool _lostRace;
    private bool _gotToken;
    private bool _disposed;

    /// <param name="limits">When tokens are due.</param>
    /// <param name="time">The clock.</param>
    /// <param name="outside">What ends the attempt besides its clocks.</param>
    /// <param name="live">Says whether the engine has reasons to be silent; null where that is not known.</param>
    /// <param name="arbiter">Decides between this attempt and a hedge; null where there can be none.</param>
    public AttemptClocks(
        TokenLimits limits, TimeProvider time, AttemptCancellation outside, ReplicaLive? live = null, HedgeArbiter? arbiter = null)
    {
        (_live, _arbiter, _time, _outside) = (live, arbiter, time, outside);
        (_limits, _next, _began) = (limits, limits.Next, time.GetTimestamp());
        _any = CancellationTokenSource.CreateLinkedTokenSource([outside.Client, outside.Lost, outside.Deadline]);
        var look = arbiter?.LateAfter < limits.First ? arbiter.LateAfter : limits.First;
        (_due, _looksAt) = (After(limits.First), After(look));
        _timer = time.CreateTimer(static clocks => ((AttemptClocks)clocks!).Look(), this, look, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the attempt must end.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>Called when a token came: the limit for the next one starts.</summary>
    public void GotToken()
    {
        _tokenAt = _time.GetTimestamp();
        Volatile.Write(ref _due, After(_next));
        if (_gotToken)
            return;
        _gotToken = true;
        LookAfter(_next); // sooner than the first token was due
    }

    /// <summary>
    /// Called when a part came that is more than text: engines hold back what belongs to it, so further tokens may take longer.
    /// </summary>
    public void GotPiece()
    {
        _next = _limits.HeldBack;
        GotToken();
    }

    /// <summary>Called when a comment came: the replica is alive, so the limit that runs starts anew, up to a bound.</summary>
    public void Heard()
    {
        if (MayExplain)
            Volatile.Write(ref _due, After(_gotToken ? _next : _limits.First));
    }

    /// <summary>Claims the answer for this attempt, now that it has a token; false when another attempt has it.</summary>
    public bool Claim() => _arbiter?.Claim(this) ?? true;

    /// <summary>Ends the attempt because another one has the answer, or no client wants it any more.</summary>
    public void Lose()
    {
        _lostRace = true;
        End();
    }

    /// <summary>Stops the limit for the next token while the client is written to: its slowness is not the replica's.</summary>
    public void Pause() => Volatile.Write(ref _due, Never);

    /// <summary>Why <see cref="Token"/> was cancelled. The client's leaving can cause all the others, so it is checked first.</summary>
    public AttemptOutcome Cause =>
        _outside.Client.IsCancellationRequested ? AttemptOutcome.ClientGone
        : _lostRace ? AttemptOutcome.HedgeLost
        : _outside.Lost.IsCancellationRequested ? AttemptOutcome.ReplicaLost
        : _outside.Deadline.IsCancellationRequested ? AttemptOutcome.DeadlineExceeded
        : _gotToken ? AttemptOutcome.StallTimeout
        : AttemptOutcome.FirstTokenTimeout;

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_ending)
            _disposed = true; // the timer may be firing right now
        _any.Dispose();
    }

    private void Look()
    {
        if (!_gotToken)
            _arbiter?.IsLate();
        var due = Volatile.Read(ref _due);
        var left = due == Never ? _next : _time.GetElapsedTime(_time.GetTimestamp(), due);
        if (left > TimeSpan.Zero || IsExplained || StoodStill())
        {
            LookAfter(left > TimeSpan.Zero ? left : Again);
            return;
        }
        End();
    }

    private void End()
    {
        lock (_ending)
        {
            if (!_disposed)
                _ = _any.CancelAsync(); // callbacks run on other threads, not under this lock
        }
    }

    /// <summary>
    /// Whether the engine works and requests wait in it: this may be one of them, not begun or interrupted in its answer. Or it loads its
    /// model, or works on what it does not send yet. Then no clock of this class ends it: the shim watches the engine's progress, the
    /// status stream watches the shim, and the request's deadline holds.
    /// </summary>
    private bool IsExplained => _live?.Status is { Works: true, Waiting: > 0 }
        || (MayExplain && (_live?.Status is { HoldsBack: true } || (!_gotToken && _live?.Status is { Loading: true })));

    /// <summary>Whether so little time has passed since the last token that signs of life still explain that none came.</summary>
    private bool MayExplain => _time.GetElapsedTime(_gotToken ? _tokenAt : _began) < _limits.Heard;

    /// <summary>
    /// Whether the timer itself fired late: then this process stood still, and what the replica sent meanwhile may not have been read yet.
    /// True only once for each attempt, so that a machine that is always late still notices silent replicas.
    /// </summary>
    private bool StoodStill()
    {
        if (_stoodStill || _time.GetElapsedTime(Volatile.Read(ref _looksAt)) < Again)
            return false;
        return _stoodStill = true;
    }

    private void LookAfter(TimeSpan wait)
    {
        Volatile.Write(ref _looksAt, After(wait));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private long After(TimeSpan wait) => _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency);
}
