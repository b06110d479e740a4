namespace Clawdbot.InferenceShim.Engines;

/// <summary>A model server, or something that stands in for one. The shim speaks to nothing else.</summary>
internal interface IEngine
{
    /// <summary>What it is and can do.</summary>
    EngineDescription Description { get; }

    /// <summary>
    /// Generates. The first event is an <see cref="EngineStarted"/>, the last of each choice an
    /// <see cref="EngineFinished"/>. Cancelling frees the engine.
    /// </summary>
    /// <exception cref="EngineRefusalException">Before the first event: the request can't be served, and why.</exception>
    IAsyncEnumerable<EngineEvent> GenerateAsync(ChatRequest request, CancellationToken cancellation);
}

/// <param name="Model">Model id that clients ask for.</param>
/// <param name="Identity">See <see cref="ServiceDefaults.Wire.ShimStatus.Identity"/>.</param>
/// <param name="ExactContinuation">Whether it can go on exactly from token ids.</param>
internal sealed record EngineDescription(string Model, string Identity, bool ExactContinuation);

/// <summary>One step of a generation.</summary>
internal abstract record EngineEvent;

/// <param name="PromptTokens">Tokens of the prompt, images included.</param>
internal sealed record EngineStarted(int PromptTokens) : EngineEvent;

/// <param name="Index">Choice.</param>
/// <param name="Id">The token.</param>
/// <param name="Text">What became visible by it, perhaps nothing.</param>
internal sealed record EngineToken(int Index, int Id, string Text) : EngineEvent;

/// <param name="Index">Choice.</param>
/// <param name="Reason"><c>stop</c> or <c>length</c>.</param>
/// <param name="Text">What was held back until the end.</param>
/// <param name="CompletionTokens">Tokens of the choice, given ones included.</param>
internal sealed record EngineFinished(int Index, string Reason, string Text, int CompletionTokens) : EngineEvent;

/// <summary>The engine won't serve this request: the client's fault, never the replica's.</summary>
internal sealed class EngineRefusalException(int status, string code, string message, string? param = null) : Exception(message)
{
    /// <summary>HTTP status, 4xx.</summary>
    public int Status { get; } = status;

    /// <summary>Stable code.</summary>
    public string Code { get; } = code;

    /// <summary>Request field at fault, if one is.</summary>
    public string? Param { get; } = param;
}
