using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.Vllm;

/// <summary>
/// Reads vLLM's own numbers from its <c>/metrics</c> (<c>vllm/v1/metrics/loggers.py</c>). With data parallelism each engine has a series.
/// </summary>
internal static class VllmLoad
{
    /// <exception cref="EngineFailureException">The numbers don't say how many requests run.</exception>
    public static EngineLoad Of(MetricsText metrics)
    {
        var running = metrics.Sum("vllm:num_requests_running")
            ?? throw new EngineFailureException("engine_failed", "The engine's /metrics say nothing of its load.");
        // A deferred request waits for something other than room, such as another's cache. Older engines tell only the sum.
        var all = metrics.Sum("vllm:num_requests_waiting") ?? 0;
        var waiting = metrics.Sum("vllm:num_requests_waiting_by_reason", "reason=\"capacity\"") ?? all;
        var asked = metrics.Sum("vllm:prefix_cache_queries_total") ?? metrics.Sum("vllm:gpu_prefix_cache_queries_total");
        var found = metrics.Sum("vllm:prefix_cache_hits_total") ?? metrics.Sum("vllm:gpu_prefix_cache_hits_total");
        return new EngineLoad((int)running, (int)waiting,
            metrics.Max("vllm:kv_cache_usage_perc") ?? metrics.Max("vllm:gpu_cache_usage_perc"), // 0 to 1, in spite of its name
            asked > 0 ? found / asked : null,
            (long?)metrics.Sum("vllm:generation_tokens_total"))
        {
            Deferred = (int)Math.Max(0, all - waiting),
            PromptTokens = (long?)metrics.Sum("vllm:prompt_tokens_total"),
            Preemptions = (long?)metrics.Sum("vllm:num_preemptions_total"),
        };
    }
}
