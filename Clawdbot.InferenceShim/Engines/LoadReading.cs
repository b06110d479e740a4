namespace Clawdbot.InferenceShim.Engines;

/// <summary>Asks the engine for its load again and again, and keeps what it said last.</summary>
internal sealed class LoadReading(IEngine engine, TimeProvider time) : BackgroundService
{
    /// <summary>Reading an engine's numbers costs it something; its queue does not change faster than this in a way that matters.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait for its numbers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private LoadSample? _sample;

    /// <summary>What it said last; null when it did not answer the last time it was asked.</summary>
    public EngineLoad? Last => Sample?.Load;

    /// <summary>How it answered the last time it was asked; null before.</summary>
    public LoadSample? Sample => Volatile.Read(ref _sample);

    /// <summary>Asks once.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            Volatile.Write(ref _sample, new LoadSample(await engine.LoadAsync(either.Token), null, time.GetTimestamp()));
        }
        catch (Exception fault)
        {
            // Whatever goes wrong means that there is no reading now; it is no reason to end a process that may generate all the same.
            Volatile.Write(ref _sample, new LoadSample(null, fault, time.GetTimestamp()));
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

/// <param name="Load">What the engine said; null when it did not.</param>
/// <param name="Fault">Why not.</param>
/// <param name="At">When, as a timestamp.</param>
internal sealed record LoadSample(EngineLoad? Load, Exception? Fault, long At);
