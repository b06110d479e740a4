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
    private readonly ChoiceState[] _choices = [.. Enumerable.Range(0, choices).Select(_ => new ChoiceState())];
    private int _open = choices;
    private int? _completion;
    private bool _isClosed;

    /// <summary>Translates an engine's own form into a chunk of OpenAI's; null where the engine sends that form itself.</summary>
    public Func<JsonElement, JsonDocument>? Dialect { get; init; }

    /// <summary>Removes what the engine repeats of the text it was given; null where it repeats nothing.</summary>
    public PrefillEcho? Echo { get; init; }

    /// <summary>Whether the answer began elsewhere.</summary>
    public bool GoesOn => delivered > 0;

    /// <summary>Tokens of the prompt, as soon as they are known.</summary>
    public int? PromptTokens { get; private set; }

    /// <summary>Whether every choice has its reason. More may come: some engines say a reason early, or in each chunk.</summary>
    public bool IsFinished => _open == 0;

    /// <summary>Whether the answer is finished, and its token counts came behind it in a chunk of their own: nothing follows.</summary>
    public bool IsComplete => IsFinished && _isClosed;

    /// <summary>Whether the last reason came with text, so that it may be one of those that are said early.</summary>
    public bool MayGoOn { get; private set; }

    /// <summary>Whether every choice has said something.</summary>
    public bool HasSaid => _choices.All(c => c.Spoken > 0);

    /// <summary>
    /// Whether a choice has said something in one chunk only, and that came with the reason that engines say too early, <c>stop</c>.
    /// </summary>
    public bool SaidOnce => MayGoOn && _choices.Any(c => c is { Spoken: 1, Reason: "stop" });

    /// <summary>Whether something came behind a reason. Then only the engine's own end is the end.</summary>
    public bool WentOn { get; private set; }

    /// <summary>Chunks for as many choices as a request asks for.</summary>
    /// <exception cref="EngineRefusalException">The number is not from 1 to 128.</exception>
    public static ChatChunks For(RawObject request, bool withIds = false, int delivered = 0) => new(
        !request.Has("n") ? 1
        : request.Number("n") is >= 1 and <= 128 and var n ? (int)n
        : throw new EngineRefusalException(400, "invalid_value", "'n' must be a whole number from 1 to 128.", "n"), withIds, delivered);

    /// <summary>The ids that came with a choice's reason.</summary>
    public IReadOnlyList<int> Last(int index) => _choices[index].Last;

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
        Usage(chunk.Of("usage"));
        if (withIds && chunk.TryGetProperty("prompt_token_ids", out var ids) && ids.ValueKind == JsonValueKind.Array)
            PromptTokens ??= Math.Max(0, ids.GetArrayLength() - delivered);
        var isEmpty = true;
        foreach (var choice in chunk.Items("choices"))
        {
            isEmpty = false;
            Choice(choice, steps);
        }
        _isClosed |= isEmpty && IsFinished && _completion is not null && chunk.Of("usage").ValueKind == JsonValueKind.Object;
    }

    /// <summary>Takes the engine's word that nothing more comes (<c>[DONE]</c>): what has begun has come to its end.</summary>
    public void Close()
    {
        foreach (var choice in _choices.Where(c => c is { Reason: null, Spoken: > 0 }))
        {
            choice.Reason = choice.Calls.Count > 0 ? "tool_calls" : "stop";
            _open--;
        }
    }

    /// <summary>The finishes of all choices.</summary>
    public IEnumerable<EngineFinished> Finishes()
    {
        for (var i = 0; i < _choices.Length; i++)
        {
            var choice = _choices[i];
            var cost = _completion is null || i == _choices.Length - 1 ? _completion : 0; // it is the sum of all
            var text = choice.Unnumbered + choice.Characters.Rest(ChoiceState.Content);
            yield return new EngineFinished(i, choice.Reason!, text, PromptTokens, cost) { Count = choice.Last.Count };
        }
    }

    /// <summary>Takes token counts, at the end or, as some engines have it, so far; the last ones count.</summary>
    private void Usage(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
            return;
        PromptTokens = Number(usage, "prompt_tokens") is { } prompt ? Math.Max(0, prompt - delivered) : PromptTokens;
        _completion = Number(usage, "completion_tokens") + delivered ?? _completion;
    }

    private void Choice(JsonElement choice, List<EngineEvent> steps)
    {
        if (_choices.Length == 1)
            Usage(choice.Of("usage")); // where some servers have it
        var index = Number(choice, "index") ?? 0;
        if (index < 0 || index >= _choices.Length)
            return;
        var state = _choices[index];
        var delta = choice.TryGetProperty("delta", out var part) || choice.TryGetProperty("message", out part) ? part : default;
        var (text, piece) = ChoicePiece.Of(choice, delta, state);
        var isSilent = piece is null && text.Length == 0 && !(withIds && choice.Items("token_ids").Any());
        WentOn |= state.Reason is not null && !isSilent;
        state.Spoken += isSilent ? 0 : 1;
        if (choice.Text("finish_reason") is { Length: > 0 } reason)
        {
            // vLLM and SGLang say this of an answer that was broken off, for example when they shut down. It is no end of an answer.
            if (reason == "abort")
                throw new EngineFailureException("engine_aborted", "The engine broke the answer off.");
            _open -= state.Reason is null ? 1 : 0;
            if (state.Reason is null or "stop" || reason != "stop")
                state.Reason = reason; // who says "stop" all the time says so behind the true reason too
            MayGoOn = !isSilent;
        }
        if (piece is not null)
            steps.Add(new EnginePiece(index, piece));
        else
            Text(index, state, Echo is null ? text : Echo.Strip(text), choice, steps);
    }

    private void Text(int index, ChoiceState state, string text, JsonElement choice, List<EngineEvent> steps)
    {
        var ids = withIds && choice.TryGetProperty("token_ids", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(id => id.GetInt32()).ToList()
            : [];
        if (withIds && (ids.Count == 0 || state.Reason is not null))
        {
            state.Unnumbered += text; // waits for the token that it belongs to, or for the end
            state.Last.AddRange(ids);
        }
        else if (ids.Count > 0 || text.Length > 0)
        {
            steps.Add(new EngineTokens(index, state.Unnumbered + text, ids));
            state.Unnumbered = "";
        }
    }

    private static int? Number(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;
}
