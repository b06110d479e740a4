namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>
/// Paces an answer to its configured speed. Steps are due at fixed times from the start, so that a late timer does not
/// make the whole answer slower.
/// </summary>
internal sealed class StepTimer(EmbeddedEngineOptions options, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private long _steps;

    /// <summary>Waits until the next step is due.</summary>
    public async ValueTask NextAsync(CancellationToken cancellation)
    {
        var due = TimeSpan.FromMilliseconds(options.FirstTokenDelayMilliseconds);
        if (options.TokensPerSecond > 0)
            due += TimeSpan.FromSeconds(_steps / options.TokensPerSecond);
        _steps++;
        var wait = due - time.GetElapsedTime(_began);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellation);
        else
            cancellation.ThrowIfCancellationRequested();
    }
}
