using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>One answer under way, for all clients that ask for it by the same key. Thread-safe.</summary>
/// <param name="name">Hash of tenant and key.</param>
/// <param name="fingerprint">Fingerprint of the request.</param>
/// <param name="options">Says how long it runs on without clients, and how long an answer may be.</param>
/// <param name="time">The clock.</param>
internal sealed class KeyedRun(string name, string fingerprint, IdempotencyOptions options, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _unwanted = new(Timeout.InfiniteTimeSpan, time);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;
    private bool _isOver;

    public string Name => name;

    public string Fingerprint => fingerprint;

    public Recording Recording { get; } = new(options.AnswerKibibytes << 10);

    /// <summary>Tokens counted for the answer; null while it is not whole.</summary>
    public AnswerUsage? Usage { get; set; }

    /// <summary>Whether the answer came from the store, so that it need not be put there again.</summary>
    public bool IsKept { get; set; }

    /// <summary>Completes when the run is over, so that the next one may begin.</summary>
    public Task Over => _over.Task;

    /// <summary>Cancelled when no client has waited for the answer for <c>Idempotency:RunOnSeconds</c>.</summary>
    public CancellationToken Unwanted => _unwanted.Token;

    /// <summary>Counts a client that waits, until <paramref name="client"/> is cancelled or the returned object is disposed of.</summary>
    public IDisposable Wait(CancellationToken client)
    {
        lock (_lock)
        {
            if (++_waiting == 1 && !_isOver)
                _unwanted.CancelAfter(Timeout.InfiniteTimeSpan);
        }
        return new Waiting(this, client);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _unwanted.Dispose();
        }
        _over.TrySetResult();
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_waiting == 0 && !_isOver)
                _unwanted.CancelAfter(TimeSpan.FromSeconds(options.RunOnSeconds));
        }
    }

    private sealed class Waiting : IDisposable
    {
        private readonly CancellationTokenRegistration _leaving;
        private KeyedRun? _run;

        public Waiting(KeyedRun run, CancellationToken client)
        {
            _run = run;
            _leaving = client.Register(static waiting => ((Waiting)waiting!).Leave(), this);
        }

        public void Dispose()
        {
            _leaving.Dispose();
            Leave();
        }

        private void Leave() => Interlocked.Exchange(ref _run, null)?.Leave();
    }
}
