namespace Clawdbot.InferenceShim.Engines;

/// <summary>
/// Keeps what an engine has told of itself and asks again every ten seconds: others than the shim may restart it as another version or with
/// another model. Thread-safe.
/// </summary>
/// <param name="untold">The description before the engine has told anything.</param>
/// <param name="time">The clock.</param>
internal sealed class DescriptionCache(EngineDescription untold, TimeProvider time)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(10);

    private volatile Told? _told;

    /// <summary>What the engine told last.</summary>
    public EngineDescription Description => _told?.Description ?? untold;

    /// <summary>
    /// Asks the engine if it was never asked, or not in the last ten seconds. When asking fails, the last description stays, and the next
    /// call asks again.
    /// </summary>
    public async ValueTask RefreshAsync(Func<CancellationToken, Task<EngineDescription>> ask, CancellationToken cancellation)
    {
        if (_told is not { } told || time.GetElapsedTime(told.At) > AskAgain)
            _told = new Told(await ask(cancellation), time.GetTimestamp());
    }

    private sealed record Told(EngineDescription Description, long At);
}
