using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// Everything that can end an attempt from outside, in one token: the client left, the replica was lost, the request's
/// deadline passed, or a token did not come in time. Afterwards it tells which it was.
/// </summary>
internal sealed class AttemptClocks : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _any;
    private readonly CancellationToken _client;
    private readonly CancellationToken _lost;
    private readonly CancellationToken _deadline;
    private readonly ForwardingOptions _options;
    private bool _gotToken;

    public AttemptClocks(
        ForwardingOptions options, TimeProvider time, long promptBytes, CancellationToken client, CancellationToken lost, CancellationToken deadline)
    {
        _options = options;
        (_client, _lost, _deadline) = (client, lost, deadline);
        _timer = new CancellationTokenSource(
            TimeSpan.FromMilliseconds(options.FirstTokenMilliseconds + options.FirstTokenPerMegabyteMilliseconds * (promptBytes / 1048576.0)), time);
        _any = CancellationTokenSource.CreateLinkedTokenSource([client, lost, deadline, _timer.Token]);
    }

    /// <summary>Ends the attempt.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>A token came: the next one's time begins.</summary>
    public void GotToken()
    {
        _gotToken = true;
        _timer.CancelAfter(TimeSpan.FromMilliseconds(_options.NextTokenMilliseconds));
    }

    /// <summary>The client is being written to: its slowness is not the replica's.</summary>
    public void Pause() => _timer.CancelAfter(Timeout.InfiniteTimeSpan);

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
        _any.Dispose();
        _timer.Dispose();
    }
}
