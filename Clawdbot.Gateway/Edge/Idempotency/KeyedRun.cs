using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>One answer under way to whoever asks for it by the same key. Thread-safe.</summary>
/// <param name="name">Tenant and key, hashed.</param>
/// <param name="fingerprint">Of the request.</param>
/// <param name="options">How long it goes on without anybody.</param>
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

    /// <summary>What the answer was counted as; null as long as it is not whole.</summary>
    public AnswerUsage? Usage { get; set; }

    /// <summary>It is what was kept, and need not be kept again.</summary>
    public bool IsKept { get; set; }

    /// <summary>Completes when it is over, and the next one may begin.</summary>
    public Task Over => _over.Task;

    /// <summary>Cancelled when nobody has waited for it for a while.</summary>
    public CancellationToken Unwanted => _unwanted.Token;

    /// <summary>Somebody waits for it, until <paramref name="client"/> leaves or what is returned is disposed of.</summary>
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
