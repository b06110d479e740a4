namespace Clawdbot.InferenceShim.Engines;

/// <summary>Asks the engine for its load again and again, and keeps what it said last.</summary>
internal sealed class LoadReading(IEngine engine, TimeProvider time) : BackgroundService
{
    /// <summary>Reading an engine's numbers costs it something; its queue does not change faster than this in a way that matters.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait for its numbers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private EngineLoad? _last;

    /// <summary>What it said last; null when it did not answer the last time it was asked.</summary>
    public EngineLoad? Last => Volatile.Read(ref _last);

    /// <summary>Why there is no <see cref="Last"/>, in words; null when there is one, and before it was asked for.</summary>
    public string? Fault { get; private set; }

    /// <summary>Asks once.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            Volatile.Write(ref _last, await engine.LoadAsync(either.Token));
            Fault = null;
        }
        catch (Exception fault)
        {
            // Whatever goes wrong means that there is no reading now; it is no reason to end a process that may generate all the same.
            Volatile.Write(ref _last, null);
            Fault = fault.Message;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await ReadAsync(stoppingToken);
            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
