namespace Clawdbot.InferenceShim.Engines;

/// <summary>A model server, or something that stands in for one. The shim speaks to nothing else.</summary>
internal interface IEngine
{
    /// <summary>What it is. What an engine tells of itself is here as soon as it has told it.</summary>
    EngineDescription Description { get; }

    /// <summary>What it can do.</summary>
    EngineCapabilities Capabilities { get; }

    /// <summary>
    /// Generates. The first event is an <see cref="EngineStarted"/>, the last of each choice an
    /// <see cref="EngineFinished"/>. Cancelling frees the engine.
    /// </summary>
    /// <exception cref="EngineRefusalException">Before the first event: the request can't be served, and why.</exception>
    /// <exception cref="EngineFailureException">At any time: the engine failed.</exception>
    IAsyncEnumerable<EngineEvent> GenerateAsync(EngineRequest request, CancellationToken cancellation);

    /// <summary>What it says of its load, asked anew each time.</summary>
    /// <exception cref="EngineFailureException">It does not say.</exception>
    ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation);
}
