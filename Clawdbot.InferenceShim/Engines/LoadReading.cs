namespace Clawdbot.InferenceShim.Engines;

/// <summary>Asks the engine for its load every half second and keeps the last answer.</summary>
internal sealed class LoadReading(IEngine engine, TimeProvider time) : BackgroundService
{
    /// <summary>Time between two readings: each costs the engine a little, and its queue seldom changes much in less.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait for the engine's numbers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private LoadSample? _sample;

    /// <summary>The engine's last load; null when it did not answer the last time it was asked.</summary>
    public EngineLoad? Last => Sample?.Load;

    /// <summary>The result of the last reading; null before the first.</summary>
    public LoadSample? Sample => Volatile.Read(ref _sample);

    /// <summary>Asks the engine once.</summary>
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
            // Any fault means only that there is no reading now: the engine may generate all the same.
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

/// <summary>The result of one reading.</summary>
/// <param name="Load">The engine's load; null when it did not tell it.</param>
/// <param name="Fault">Why there is no load; null when there is one.</param>
/// <param name="At">The timestamp of the reading.</param>
internal sealed record LoadSample(EngineLoad? Load, Exception? Fault, long At);
