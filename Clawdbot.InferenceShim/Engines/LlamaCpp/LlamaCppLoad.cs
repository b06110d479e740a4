using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.LlamaCpp;

/// <summary>
/// Reads the server's own numbers: its slots say what runs, its metrics (<c>--metrics</c>) what waits. Tokens are counted from the slots at
/// each reading: <c>llamacpp:tokens_predicted_total</c> counts an answer only at its end (<c>tools/server/server-context.cpp</c>,
/// on_prediction), so a long one would look like a hang. Not thread-safe.
/// </summary>
internal sealed class LlamaCppLoad
{
    private readonly Dictionary<long, (long Task, long Decoded)> _seen = [];
    private readonly Dictionary<long, (long Task, long Read)> _prompts = [];
    private long _generated;
    private long? _read;

    /// <summary>The present load.</summary>
    /// <exception cref="EngineFailureException">The server does not tell its slots or its queue.</exception>
    public EngineLoad Of(JsonElement slots, MetricsText metrics)
    {
        if (slots.ValueKind != JsonValueKind.Array)
            throw new EngineFailureException("engine_failed", "The engine's /slots are no list of slots.");
        var waiting = metrics.Sum("llamacpp:requests_deferred") ?? throw new EngineFailureException(
            "engine_failed", "The engine's /metrics say nothing of its queue; start it with --metrics.");
        var (running, used, room) = (0, (long?)0, 0L);
        foreach (var slot in slots.EnumerateArray())
        {
            Count(slot);
            CountPrompt(slot);
            room += slot.Whole("n_ctx") ?? 0;
            if (slot.Flag("is_processing") != true)
                continue; // what it keeps of its last prompt makes room for the next one
            running++;
            used += slot.Whole("n_prompt_tokens"); // what has been generated is counted among them
        }
        var use = metrics.Max("llamacpp:kv_cache_usage_ratio") ?? (room > 0 ? used / (double)room : null);
        return new EngineLoad(running, (int)waiting, use, Hits(metrics), _generated) { PromptTokens = _read };
    }

    private static double? Hits(MetricsText metrics)
    {
        var found = metrics.Sum("llamacpp:prompt_tokens_cached_total");
        var computed = metrics.Sum("llamacpp:prompt_tokens_total");
        return found + computed > 0 ? found / (found + computed) : null;
    }

    /// <summary>Counts the prompt tokens read so far, which grow with each batch; old builds don't tell them.</summary>
    private void CountPrompt(JsonElement slot)
    {
        if ((slot.Whole("id"), slot.Whole("id_task"), slot.Whole("n_prompt_tokens_processed")) is not ({ } id, { } task, { } read))
            return;
        var before = _prompts.TryGetValue(id, out var last) && last.Task == task ? last.Read : 0;
        _read = (_read ?? 0) + Math.Max(0, read - before);
        _prompts[id] = (task, read);
    }

    /// <summary>Counts the tokens generated so far. A slot with a new task may show the old one's count until it begins.</summary>
    private void Count(JsonElement slot)
    {
        var next = slot.Of("next_token");
        if (next.ValueKind == JsonValueKind.Array)
            next = next.EnumerateArray().FirstOrDefault();
        if ((slot.Whole("id"), slot.Whole("id_task"), next.Whole("n_decoded") ?? slot.Whole("n_decoded"))
            is not ({ } id, { } task, { } decoded))
            return;
        var before = _seen.TryGetValue(id, out var last) && (last.Task == task || last.Decoded == decoded) ? last.Decoded : 0;
        _generated += Math.Max(0, decoded - before);
        _seen[id] = (task, decoded);
    }
}
