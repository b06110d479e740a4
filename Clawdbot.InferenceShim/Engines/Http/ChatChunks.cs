using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

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
    private readonly TokenCounts _counts = new(delivered);
    private int _open = choices;
    private bool _isClosed;
    private string? _fingerprint;
    private string? _tier;
    private List<int>? _promptIds;

    /// <summary>Translates an engine's own form into a chunk of OpenAI's; null where the engine sends that form itself.</summary>
    public Func<JsonElement, JsonDocument>? Dialect { get; init; }

    /// <summary>Removes what the engine repeats of the text it was given; null where it repeats nothing.</summary>
    public PrefillEcho? Echo { get; init; }

    /// <summary>Whether the client asked for token ids, so that they are part of what it gets.</summary>
    public bool ShowsIds { get; init; }

    /// <summary>Whether the answer began elsewhere.</summary>
    public bool GoesOn => delivered > 0;

    /// <summary>The start, with what the first chunk said.</summary>
    public EngineStarted Start => new(_counts.Prompt)
    {
        Fingerprint = _fingerprint, Tier = _tier, PromptIds = ShowsIds ? _promptIds : null,
    };

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
        : throw new EngineRefusalException(400, "invalid_value", "'n' must be a whole number from 1 to 128.", "n"), withIds, delivered)
    {
        ShowsIds = request.Has(MoreThanText.ReturnTokenIds)
            && MoreThanText.IsWanted(MoreThanText.ReturnTokenIds, request[MoreThanText.ReturnTokenIds].Span),
    };

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
        var soFar = _counts.Take(chunk);
        Labels(chunk);
        var isEmpty = true;
        foreach (var choice in chunk.Items("choices"))
        {
            isEmpty = false;
            Choice(choice, steps, soFar);
        }
        _isClosed |= isEmpty && IsFinished && _counts.Completion is not null && chunk.Of("usage").ValueKind == JsonValueKind.Object;
    }

    /// <summary>Takes what stands beside the choices.</summary>
    private void Labels(JsonElement chunk)
    {
        _fingerprint ??= EngineLabel.Of(chunk.Of("system_fingerprint"));
        _tier ??= EngineLabel.Of(chunk.Of("service_tier"));
        if (!(withIds || ShowsIds) || chunk.Of("prompt_token_ids") is not { ValueKind: JsonValueKind.Array } ids)
            return;
        _counts.Prompt ??= Math.Max(0, ids.GetArrayLength() - delivered);
        if (ShowsIds)
            _promptIds ??= [.. ids.EnumerateArray().Select(id => id.GetInt32())];
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
            var (choice, isLast) = (_choices[i], i == _choices.Length - 1);
            var cost = _counts.Completion is null || isLast ? _counts.Completion : 0; // it is the sum of all
            var text = choice.Unnumbered + choice.Characters.Rest(ChoiceState.Content);
            yield return new EngineFinished(i, choice.Reason!, text, _counts.Prompt, cost)
            {
                Count = choice.Last.Count, StopReason = choice.StopReason, UsageDetails = isLast ? _counts.Details : null,
            };
        }
    }

    private void Choice(JsonElement choice, List<EngineEvent> steps, int? soFar)
    {
        soFar = _choices.Length > 1 ? null : _counts.Take(choice) ?? soFar; // some servers have it in the choice
        var index = Number(choice, "index") ?? 0;
        if (index < 0 || index >= _choices.Length)
            return;
        var state = _choices[index];
        var delta = choice.TryGetProperty("delta", out var part) || choice.TryGetProperty("message", out part) ? part : default;
        var (text, piece) = ChoicePiece.Of(choice, delta, state, ShowsIds);
        var isSilent = piece is null && text.Length == 0 && !(withIds && choice.Items(ChoicePiece.Ids).Any());
        WentOn |= state.Reason is not null && !isSilent;
        state.Spoken += isSilent ? 0 : 1;
        if (choice.Text("finish_reason") is { Length: > 0 } reason)
        {
            if (IsOfFailure(reason))
                throw new EngineFailureException("engine_aborted", $"The engine broke the answer off, with the reason '{reason}'.");
            _open -= state.Reason is null ? 1 : 0;
            if (state.Reason is null or "stop" || reason != "stop")
                state.Reason = reason; // who says "stop" all the time says so behind the true reason too
            state.StopReason = EngineLabel.StopReason(choice.Of("stop_reason")) ?? state.StopReason;
            MayGoOn = !isSilent;
        }
        if (piece is not null)
        {
            var estimate = TokenEstimate.OfPiece(text, delta);
            steps.Add(new EnginePiece(index, piece) { Count = _counts.Count(ChoicePiece.Tokens(choice), soFar, estimate) });
        }
        else if (Text(index, state, Echo is null ? text : Echo.Strip(text), choice, soFar) is { } tokens)
        {
            steps.Add(tokens);
        }
    }

    /// <summary>
    /// Whether a reason says that the answer was broken off, as vLLM and SGLang do when they shut down, and routers when what is behind
    /// them failed. It is no end of an answer. A reason that is not known is one: engines have their own words for ends.
    /// </summary>
    private static bool IsOfFailure(string reason) =>
        reason.StartsWith("abort", StringComparison.OrdinalIgnoreCase) || reason.StartsWith("cancel", StringComparison.OrdinalIgnoreCase)
        || reason.Contains("error", StringComparison.OrdinalIgnoreCase) || reason == "insufficient_system_resource"; // DeepSeek

    /// <summary>The tokens of a plain piece of text; null when it waits for its ids, or is none.</summary>
    private EngineTokens? Text(int index, ChoiceState state, string text, JsonElement choice, int? soFar)
    {
        var ids = withIds && choice.TryGetProperty(ChoicePiece.Ids, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(id => id.GetInt32()).ToList()
            : [];
        if (withIds && (ids.Count == 0 || state.Reason is not null))
        {
            state.Unnumbered += text; // waits for the token that it belongs to, or for the end
            state.Last.AddRange(ids);
            return null;
        }
        if (ids.Count == 0 && text.Length == 0)
            return null;
        text = state.Unnumbered + text;
        state.Unnumbered = "";
        return new EngineTokens(index, text, ids) { Count = _counts.Count(ChoicePiece.Tokens(choice), soFar, TokenEstimate.Of(text)) };
    }

    private static int? Number(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;
}
