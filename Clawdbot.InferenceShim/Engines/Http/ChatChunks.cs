using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Makes events of what an engine sends for one request in OpenAI's form: chunks of a stream, or a whole answer. The ends are held
/// back until the token counts are known.
/// </summary>
/// <param name="choices">Number of choices asked for.</param>
/// <param name="withIds">
/// Whether the engine reports <c>token_ids</c> that continuations rely on. Text and ids that come with the reason go into the finish: the
/// last id may be the end token, and no answer can go on after it.
/// </param>
/// <param name="delivered">Tokens of an answer that goes on by text: the engine takes them for prompt, the client for answer.</param>
internal sealed class ChatChunks(int choices, bool withIds = false, int delivered = 0)
{
    private readonly string?[] _reasons = new string?[choices];
    private readonly string[] _unnumbered = [.. Enumerable.Repeat("", choices)];
    private readonly IReadOnlyList<int>[] _last = [.. Enumerable.Repeat<IReadOnlyList<int>>([], choices)];
    private int _open = choices;
    private int? _completion;

    /// <summary>Translates an engine's own form into a chunk of OpenAI's; null where the engine sends that form itself.</summary>
    public Func<JsonElement, JsonDocument>? Dialect { get; init; }

    /// <summary>Removes what the engine repeats of the text it was given; null where it repeats nothing.</summary>
    public PrefillEcho? Echo { get; init; }

    /// <summary>Whether the answer began elsewhere.</summary>
    public bool GoesOn => delivered > 0;

    /// <summary>Tokens of the prompt, as soon as they are known.</summary>
    public int? PromptTokens { get; private set; }

    /// <summary>Whether every choice has its reason.</summary>
    public bool IsFinished => _open == 0;

    /// <summary>Whether the answer is finished and its token counts are known.</summary>
    public bool IsComplete => IsFinished && _completion is not null;

    /// <summary>Chunks for as many choices as a request asks for.</summary>
    /// <exception cref="EngineRefusalException">The number is not from 1 to 128.</exception>
    public static ChatChunks For(RawObject request, bool withIds = false, int delivered = 0) => new(
        !request.Has("n") ? 1
        : request.Number("n") is >= 1 and <= 128 and var n ? (int)n
        : throw new EngineRefusalException(400, "invalid_value", "'n' must be a whole number from 1 to 128.", "n"), withIds, delivered);

    /// <summary>The ids that came with a choice's reason.</summary>
    public IReadOnlyList<int> Last(int index) => _last[index];

    /// <summary>Takes a chunk and adds its events.</summary>
    /// <param name="chunk">A JSON object in OpenAI's form, or in the engine's own.</param>
    /// <param name="steps">The list to which the events are added.</param>
    public void Take(JsonElement chunk, List<EngineEvent> steps)
    {
        using var translated = Dialect?.Invoke(chunk);
        TakeChunk(translated?.RootElement ?? chunk, steps);
    }

    private void TakeChunk(JsonElement chunk, List<EngineEvent> steps)
    {
        if (chunk.ValueKind != JsonValueKind.Object)
            throw new EngineFailureException("engine_malformed", "The engine sent something that is no chunk.");
        if (chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
        {
            PromptTokens = Number(usage, "prompt_tokens") is { } prompt ? Math.Max(0, prompt - delivered) : PromptTokens;
            _completion = Number(usage, "completion_tokens") + delivered ?? _completion;
        }
        if (withIds && chunk.TryGetProperty("prompt_token_ids", out var ids) && ids.ValueKind == JsonValueKind.Array)
            PromptTokens ??= Math.Max(0, ids.GetArrayLength() - delivered);
        if (!chunk.TryGetProperty("choices", out var list) || list.ValueKind != JsonValueKind.Array)
            return;
        foreach (var choice in list.EnumerateArray())
            Choice(choice, steps);
    }

    /// <summary>The finishes of all choices.</summary>
    public IEnumerable<EngineFinished> Finishes()
    {
        for (var i = 0; i < _reasons.Length; i++)
        {
            var cost = _completion is null || i == _reasons.Length - 1 ? _completion : 0; // it is the sum of all
            yield return new EngineFinished(i, _reasons[i]!, _unnumbered[i], PromptTokens, cost) { Count = _last[i].Count };
        }
    }

    private void Choice(JsonElement choice, List<EngineEvent> steps)
    {
        var index = Number(choice, "index") ?? 0;
        if (index < 0 || index >= _reasons.Length || _reasons[index] is not null)
            return; // some engines send empty chunks behind the reason
        var delta = choice.TryGetProperty("delta", out var part) || choice.TryGetProperty("message", out part) ? part : default;
        if (choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String)
        {
            // vLLM and SGLang say this of an answer that was broken off, for example when they shut down. It is no end of an answer.
            if (reason.ValueEquals("abort"))
                throw new EngineFailureException("engine_aborted", "The engine broke the answer off.");
            _reasons[index] = reason.GetString();
            _open--;
        }
        if (ChoicePiece.Of(choice, delta) is { } piece)
            steps.Add(new EnginePiece(index, piece));
        else
            Text(index, Echo is null ? ChoicePiece.Text(delta) : Echo.Strip(ChoicePiece.Text(delta)), choice, steps);
    }

    private void Text(int index, string text, JsonElement choice, List<EngineEvent> steps)
    {
        var ids = withIds && choice.TryGetProperty("token_ids", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(id => id.GetInt32()).ToList()
            : [];
        if (withIds && (ids.Count == 0 || _reasons[index] is not null))
        {
            _unnumbered[index] += text; // waits for the token that it belongs to, or for the end
            _last[index] = ids;
        }
        else if (ids.Count > 0 || text.Length > 0)
        {
            steps.Add(new EngineTokens(index, _unnumbered[index] + text, ids));
            _unnumbered[index] = "";
        }
    }

    private static int? Number(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;
}
