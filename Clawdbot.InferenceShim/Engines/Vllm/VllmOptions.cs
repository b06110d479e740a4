namespace Clawdbot.InferenceShim.Engines.Vllm;

/// <summary>What vLLM does not tell of itself. Section <c>Engine:Vllm</c>.</summary>
internal sealed class VllmOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:Vllm";

    /// <summary>
    /// It runs with batch-invariant kernels (<c>VLLM_BATCH_INVARIANT=1</c>) and the sampler whose noise is keyed by position (<c>VLLM_USE_V2_MODEL_RUNNER=1</c>):
    /// the same seed gives the same answer, whatever runs beside it, and an answer goes on from its tokens as it would have gone on.
    /// </summary>
    public bool Deterministic { get; set; }

    /// <summary>With <see cref="Deterministic"/>: goes on from token ids, by <c>/v1/chat/completions/render</c> and <c>/inference/v1/generate</c>. Else from text.</summary>
    public bool TokenContinuation { get; set; } = true;
}
