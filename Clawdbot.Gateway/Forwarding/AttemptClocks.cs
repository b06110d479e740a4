using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// Everything that can end an attempt from outside, in one token: the client left, the replica was lost, the request's
/// deadline passed, or a token did not come in time. Afterwards it tells which it was.
/// </summary>
/// <remarks>
/// A token writes down when the next one is due, and nothing else: the timer looks at that when it fires, and goes on if there
/// is time left. Setting a timer anew for every token would cost more than reading the token.
/// </remarks>
internal sealed class AttemptClocks : IDisposable
{
    private const long Never = long.MaxValue;

    private readonly Lock _ending = new();
    private readonly CancellationTokenSource _any;
    private readonly CancellationToken _client;
    private readonly CancellationToken _lost;
    private readonly CancellationToken _deadline;
    private readonly TimeSpan _next;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _due;
    private bool _gotToken;
    private bool _disposed;

    public AttemptClocks(
        ForwardingOptions options, TimeProvider time, long promptBytes, CancellationToken client, CancellationToken lost, CancellationToken deadline)
    {
        (_time, _client, _lost, _deadline) = (time, client, lost, deadline);
        _next = TimeSpan.FromMilliseconds(options.NextTokenMilliseconds);
        _any = CancellationTokenSource.CreateLinkedTokenSource([client, lost, deadline]);
        var first = TimeSpan.FromMilliseconds(options.FirstTokenMilliseconds + options.FirstTokenPerMegabyteMilliseconds * (promptBytes / 1048576.0));
        _due = After(first);
        _timer = time.CreateTimer(static clocks => ((AttemptClocks)clocks!).Look(), this, first, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends the attempt.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>A token came: the next one's time begins.</summary>
    public void GotToken()
    {
        Volatile.Write(ref _due, After(_next));
        if (_gotToken)
            return;
        _gotToken = true;
        _timer.Change(_next, Timeout.InfiniteTimeSpan); // sooner than the first token was due
    }

    /// <summary>The client is being written to: its slowness is not the replica's.</summary>
    public void Pause() => Volatile.Write(ref _due, Never);

    /// <summary>Why <see cref="Token"/> was cancelled. The client's leaving explains all the rest, so it is asked first.</summary>
    public AttemptOutcome Cause =>
        _client.IsCancellationRequested ? AttemptOutcome.ClientGone
        : _lost.IsCancellationRequested ? AttemptOutcome.ReplicaLost
        : _deadline.IsCancellationRequested ? AttemptOutcome.DeadlineExceeded
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
        var due = Volatile.Read(ref _due);
        var left = due == Never ? _next : _time.GetElapsedTime(_time.GetTimestamp(), due);
        if (left > TimeSpan.Zero)
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return;
        }
        lock (_ending)
        {
            if (!_disposed)
                _ = _any.CancelAsync(); // what it ends goes on elsewhere, not under this lock
        }
    }

    private long After(TimeSpan wait) => _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency);
}
