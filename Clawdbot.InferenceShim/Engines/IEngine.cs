namespace Clawdbot.InferenceShim.Engines;

/// <summary>A model server, or something that stands in for one; the shim generates by this interface alone.</summary>
internal interface IEngine
{
    /// <summary>What the engine is; complete as soon as it has told everything of itself.</summary>
    EngineDescription Description { get; }

    /// <summary>What the engine can do.</summary>
    EngineCapabilities Capabilities { get; }

    /// <summary>
    /// Generates an answer. The first event but comments is an <see cref="EngineStarted"/>, the last of each choice an
    /// <see cref="EngineFinished"/>. Cancelling frees the engine.
    /// </summary>
    /// <exception cref="EngineRefusalException">Before the first event: the request can't be served, and why.</exception>
    /// <exception cref="EngineFailureException">At any time: the engine failed.</exception>
    IAsyncEnumerable<EngineEvent> GenerateAsync(EngineRequest request, CancellationToken cancellation);

    /// <summary>The engine's load, asked anew each time.</summary>
    /// <exception cref="EngineFailureException">The engine does not tell its load.</exception>
    ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation);
}
