using System.Buffers;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// What is known of an unfinished answer: enough to end it, or to continue it on another replica. Written by the one attempt that has the
/// answer.
/// </summary>
internal sealed class ResponseState(string id, DateTimeOffset created, GenerationRequest request, long? seed)
{
    private readonly string?[] _reasons = new string?[request.Choices];
    private readonly ArrayBufferWriter<byte>?[] _said = new ArrayBufferWriter<byte>?[request.Choices];
    private int _open = request.Choices;
    private int _reported;
    private long _lastTokenAt = long.MinValue;
    private bool _knowsPrompt;

    /// <summary>The answer's id, the same whatever replica serves it.</summary>
    public string Id { get; } = id;

    /// <summary>When the request was admitted.</summary>
    public DateTimeOffset Created { get; } = created;

    /// <summary>The gateway's seed for a request that brought none; the same in every attempt.</summary>
    public long? Seed { get; } = seed;

    /// <summary>Identity of the replica that the answer began on; null before.</summary>
    public string? Identity { get; private set; }

    /// <summary>How replicas of that identity can continue it.</summary>
    public ContinuationKind Continuation { get; private set; }

    /// <summary>Whether replicas of that identity generate the same again with the same seed.</summary>
    public bool IsRepeatable { get; private set; }

    /// <summary>What the engine that has the answer was asked for; null before one has it.</summary>
    public string? ServedModel { get; set; }

    /// <summary>Number of choices asked for.</summary>
    public int Choices => request.Choices;

    /// <summary>How fast its tokens came.</summary>
    public TokenRate TokenRate { get; } = new();

    /// <summary>Whether part of it may differ from what one replica alone would have generated.</summary>
    public bool IsApproximate { get; private set; }

    /// <summary>Whether token ids are all that is needed to continue it.</summary>
    public bool ContinuesByIds => Continuation == ContinuationKind.Ids && !HasPieces && request is { Choices: 1, OnlyText: true };

    /// <summary>Whether something else than text came, so that the answer can't be continued.</summary>
    public bool HasPieces { get; private set; }

    /// <summary>Whether tokens must come with their ids.</summary>
    public bool NeedsIds => Continuation == ContinuationKind.Ids && !HasPieces;

    /// <summary>Tokens of the prompt, by the first attempt that told them.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>Token ids of choice 0, which a continuation is given.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>What the engine said beside the text.</summary>
    public AnswerExtras Extras { get; } = new(request.WantsIds);

    /// <summary>Number of tokens of all choices: those that came, and at the end those that the engine counted.</summary>
    public int Tokens { get; private set; }

    /// <summary>When the last token came, as a timestamp of the clock; null before the first.</summary>
    public long? LastTokenAt
    {
        get => Volatile.Read(ref _lastTokenAt) is > long.MinValue and var at ? at : null; // also read by timers
        private set => Volatile.Write(ref _lastTokenAt, value ?? long.MinValue);
    }

    /// <summary>Whether every choice has its finish reason: nothing is missing any more.</summary>
    public bool IsComplete => _open == 0;

    /// <summary>Called when an attempt begins: the time to its first token does not count as a gap between tokens.</summary>
    public void AttemptBegins() => TokenRate.Begin();

    /// <summary>Called with what the replica told of itself when an attempt got the answer.</summary>
    public void Started(string identity, ContinuationKind continuation, bool isRepeatable, int? promptTokens)
    {
        Prompt(promptTokens);
        (Identity, Continuation, IsRepeatable) = (identity, continuation, isRepeatable);
    }

    /// <summary>Called with the id of each token that came.</summary>
    public void Generated(int index, int id)
    {
        Tokens++;
        if (index == 0)
            Ids.Add(id);
    }

    /// <summary>Called with the text that goes to the client. It is kept where token ids alone can't continue the answer.</summary>
    public void Told(int index, ReadOnlySpan<byte> text)
    {
        if (!ContinuesByIds)
            (_said[index] ??= new ArrayBufferWriter<byte>(512)).Write(text);
    }

    /// <summary>The text of a choice, the inside of a JSON string as it came; empty where it is not kept.</summary>
    public ReadOnlyMemory<byte> Said(int index) => _said[index]?.WrittenMemory ?? default;

    /// <summary>The text of the first choice, unescaped.</summary>
    public string SaidText() => JsonSerializer.Deserialize<string>([(byte)'"', .. Said(0).Span, (byte)'"'])!;

    /// <summary>Called with the number of tokens that came without ids, as far as it is known.</summary>
    public void GeneratedUnnumbered(int tokens = 1) => Tokens = (int)Math.Min((long)Tokens + tokens, int.MaxValue);

    /// <summary>Called with the number of tokens that a replay has brought; those that came before are not counted twice.</summary>
    public void GeneratedAnew(int tokens) => Tokens = Math.Max(Tokens, tokens);

    /// <summary>Called when a piece came, with the number of its tokens.</summary>
    public void PieceCame(int tokens = 1)
    {
        GeneratedUnnumbered(tokens);
        HasPieces = true;
    }

    /// <summary>Called with the time of each token that the client did not have.</summary>
    public void TokenAt(long timestamp)
    {
        TokenRate.Token(timestamp);
        LastTokenAt = timestamp;
    }

    /// <summary>
    /// Called when a choice is complete. The engine's count of tokens replaces the own one, which may miss a token sent with the finish.
    /// </summary>
    public void Finished(int index, string reason, int? promptTokens, int? completionTokens)
    {
        _reasons[index] = reason;
        _open--;
        Prompt(promptTokens);
        _reported = (int)Math.Min((long)_reported + (completionTokens ?? 0), int.MaxValue);
        if (IsComplete && _reported > 0)
            Tokens = _reported;
    }

    /// <summary>Whether the choice exists and has not ended.</summary>
    public bool IsOpen(int index) => (uint)index < (uint)_reasons.Length && _reasons[index] is null;

    /// <summary>Why a choice ended; null as long as it has not.</summary>
    public string? Reason(int index) => _reasons[index];

    /// <summary>Takes up an answer that another gateway brought this far.</summary>
    /// <param name="told">What was generated, and by what.</param>
    /// <param name="text">The text that the client has: the inside of a JSON string.</param>
    public void GoOn(ResponseProgress told, ReadOnlySpan<byte> text)
    {
        Started(told.Identity, told.Continuation, told.IsRepeatable, told.PromptTokens);
        foreach (var id in told.Ids)
            Generated(0, id);
        Tokens = told.Tokens;
        HasPieces = told.HasPieces;
        IsApproximate = told.IsApproximate;
        Told(0, text);
    }

    /// <summary>What another gateway would need to go on from here, besides the text.</summary>
    /// <param name="knownIds">Number of token ids that it has.</param>
    public ResponseProgress Progress(int knownIds) => new(
        Identity ?? "", Continuation, IsRepeatable, PromptTokens, [.. Ids.Skip(knownIds)], Tokens, HasPieces, IsApproximate);

    /// <summary>Called when the answer is continued from its text, which makes it approximate.</summary>
    public void Approximated() => IsApproximate = true;

    /// <summary>Discards what was generated, for an answer of which the client has seen nothing.</summary>
    public void StartOver()
    {
        Array.Clear(_reasons);
        Array.Clear(_said);
        (_open, Tokens, Identity, Continuation, IsRepeatable) = (_reasons.Length, 0, null, ContinuationKind.None, false);
        (_reported, HasPieces, LastTokenAt, ServedModel) = (0, false, null, null);
        Ids.Clear();
        Extras.Clear();
    }

    private void Prompt(int? tokens)
    {
        if (_knowsPrompt || tokens is not { } known)
            return;
        (PromptTokens, _knowsPrompt) = (known, true);
    }
}
