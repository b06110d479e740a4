namespace Clawdbot.InferenceShim.Engines.Vllm;

/// <summary>What the shim can't learn from vLLM itself. Section <c>Engine:Vllm</c>.</summary>
internal sealed class VllmOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:Vllm";

    /// <summary>
    /// Whether vLLM runs with <c>VLLM_BATCH_INVARIANT=1</c> and <c>VLLM_USE_V2_MODEL_RUNNER=1</c>, so that the same seed gives the same
    /// answer whatever runs beside it, and answers continue exactly from their tokens.
    /// </summary>
    /// <remarks>The first chooses batch-invariant kernels, the second the sampler whose noise is keyed by position.</remarks>
    public bool Deterministic { get; set; }

    /// <summary>
    /// Whether, with <see cref="Deterministic"/>, an answer continues from token ids, by <c>/v1/chat/completions/render</c> and
    /// <c>/inference/v1/generate</c>; when false, from its text.
    /// </summary>
    public bool TokenContinuation { get; set; } = true;
}
