using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.SgLang;

/// <summary>Reads SGLang's own numbers from its <c>/metrics</c>, which it has with <c>--enable-metrics</c>.</summary>
internal static class SgLangLoad
{
    /// <exception cref="EngineFailureException">The numbers don't say how many requests run.</exception>
    public static EngineLoad Of(MetricsText metrics) => new(
        (int)(Requests(metrics, "sglang:num_running_reqs") ?? throw new EngineFailureException(
            "engine_failed", "The engine's /metrics say nothing of its load; start it with --enable-metrics.")),
        (int)(Requests(metrics, "sglang:num_queue_reqs") ?? 0),
        metrics.Max("sglang:token_usage"),
        metrics.Max("sglang:cache_hit_rate"),
        // generation_tokens_total counts a request only at its end, so a long answer would look like a hang.
        (long?)metrics.Sum("sglang:realtime_tokens_total", "mode=\"decode\""))
    {
        PromptTokens = (long?)metrics.Sum("sglang:realtime_tokens_total", "mode=\"prefill_compute\""),
        Preemptions = (long?)metrics.Sum("sglang:num_retracted_requests_total"),
    };

    /// <summary>A number of requests. With priorities there is a series for each besides the one for all.</summary>
    private static double? Requests(MetricsText metrics, string name) => metrics.Sum(name, "priority=\"\"") ?? metrics.Sum(name);
}
