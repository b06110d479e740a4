using System.Text.Json.Nodes;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// One choice of an answer as vLLM's output processor makes it, token by token, with stop strings held back as its detokenizer does.
/// </summary>
/// <param name="prompt">Prompt and pictures.</param>
/// <param name="seed">Seed, the core's.</param>
/// <param name="given">Tokens of the answer that are there already.</param>
/// <param name="core">The model.</param>
/// <param name="sampling">Its <c>SamplingParams</c>, or a chat request, which has the same names.</param>
internal sealed class VllmAnswer(string prompt, long seed, int given, EngineCore core, JsonObject sampling)
{
    private readonly int _limit = (sampling["max_completion_tokens"] ?? sampling["max_tokens"])?.GetValue<int>() ?? int.MaxValue;
    private readonly List<string> _stops = sampling["stop"] switch
    {
        JsonArray several => [.. several.Select(s => s!.GetValue<string>())],
        JsonValue one => [one.GetValue<string>()],
        _ => [],
    };

    /// <param name="Id">Token.</param>
    /// <param name="Text">What became visible.</param>
    /// <param name="Reason">Why it is the last one; null when it is not.</param>
    /// <param name="Stop">The stop string that ended it.</param>
    internal sealed record Step(int Id, string Text, string? Reason, string? Stop);

    /// <summary>The tokens that are missing.</summary>
    public IEnumerable<Step> Steps(bool isEndless = false)
    {
        var (ids, text, shown) = (new List<int>(), "", 0);
        var held = _stops.Count > 0 ? _stops.Max(s => s.Length) - 1 : 0;
        for (var position = given; ; position++)
        {
            var id = position == 2 * core.AnswerTokens && !isEndless ? VllmTokens.End : VllmTokens.Sample(prompt, seed, position);
            ids.Add(id);
            var reason = id == VllmTokens.End ? "stop" : ids.Count == _limit ? "length" : null;
            if (id != VllmTokens.End && VllmTokens.Decode(ids) is [.., not '\uFFFD'] whole)
                text = whole;
            var stop = _stops.Find(s => text.Contains(s, StringComparison.Ordinal));
            if (stop is not null)
                (text, reason) = (text[..text.IndexOf(stop, StringComparison.Ordinal)], "stop");
            var end = reason is null ? Math.Max(shown, text.Length - held) : text.Length;
            yield return new Step(id, text[shown..end], reason, stop);
            if (reason is not null)
                yield break;
            shown = end;
        }
    }
}
