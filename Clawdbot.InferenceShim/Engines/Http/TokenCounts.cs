using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// What an engine tells of an answer's tokens: OpenAI's <c>usage</c>, else llama.cpp's <c>timings</c>, SGLang's <c>meta_info</c> or the
/// <c>details</c> of text-generation-inference. They may come at the end or, as some engines have it, so far; the last ones count.
/// </summary>
/// <param name="delivered">Tokens of an answer that goes on by text: the engine takes them for prompt, the client for answer.</param>
internal sealed class TokenCounts(int delivered)
{
    private bool _isByUsage;
    private int _counted;

    /// <summary>Tokens of the prompt; null while they are not known.</summary>
    public int? Prompt { get; set; }

    /// <summary>Tokens of all choices, delivered ones included; null where the engine does not say.</summary>
    public int? Completion { get; private set; }

    /// <summary><see cref="UsageDetails"/>; null where there are none.</summary>
    public JsonElement? Details { get; private set; }

    /// <summary>Takes what a chunk, or its only choice, tells.</summary>
    /// <returns>The tokens generated so far, by its word; null when it says nothing of them.</returns>
    public int? Take(JsonElement from) => from.Of("usage") is { ValueKind: JsonValueKind.Object } usage ? Usage(usage) : Others(from);

    /// <summary>Counts the tokens of one event.</summary>
    /// <param name="told">As its ids or log probabilities tell; 0 where there are none.</param>
    /// <param name="soFar">Tokens generated so far, by what came with it; null when nothing did.</param>
    /// <param name="estimate">Its tokens, where nobody tells them.</param>
    public int Count(int told, int? soFar, int estimate)
    {
        var count = told > 0 ? told : soFar is { } all ? Math.Max(1, all - _counted) : estimate;
        _counted += count;
        return count;
    }

    private int? Usage(JsonElement usage)
    {
        Prompt = Number(usage, "prompt_tokens") is { } prompt ? Math.Max(0, prompt - delivered) : Prompt;
        Details = UsageDetails.Of(usage) ?? Details;
        if (Number(usage, "completion_tokens") is not { } completion)
            return null;
        _isByUsage = true;
        Completion = Sum(completion, delivered);
        return completion;
    }

    private int? Others(JsonElement from)
    {
        var (timings, meta) = (from.Of("timings"), from.Of("meta_info"));
        var prompt = Number(meta, "prompt_tokens")
            // Without the cached ones the number of those that were read says nothing.
            ?? (Number(timings, "cache_n") is { } cached && Number(timings, "prompt_n") is { } read ? Sum(cached, read) : null);
        if (prompt is { } known)
            Prompt ??= Math.Max(0, known - delivered);
        var completion = Number(meta, "completion_tokens") ?? Number(timings, "predicted_n")
            ?? Number(from.Of("details"), "generated_tokens");
        if (completion is { } told && !_isByUsage)
            Completion = Sum(told, delivered);
        return completion;
    }

    private static int? Number(JsonElement from, string name) => from.Whole(name) is >= 0 and <= int.MaxValue and var n ? (int)n : null;

    private static int Sum(int one, int other) => (int)Math.Min((long)one + other, int.MaxValue);
}
