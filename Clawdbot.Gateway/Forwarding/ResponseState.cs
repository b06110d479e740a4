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
    private bool _knowsPrompt;

    /// <summary>The answer's id, the same whatever replica serves it.</summary>
    public string Id { get; } = id;

    /// <summary>When the request was admitted.</summary>
    public DateTimeOffset Created { get; } = created;

    /// <summary>The gateway's seed for a request that brought none; the same in every attempt.</summary>
    public long? Seed { get; } = seed;

    /// <summary>Identity of the replica it began on; null before.</summary>
    public string? Identity { get; private set; }

    /// <summary>How replicas of that identity go on with it.</summary>
    public ContinuationKind Continuation { get; private set; }

    /// <summary>Whether replicas of that identity say the same again with the same seed.</summary>
    public bool IsRepeatable { get; private set; }

    /// <summary>Choices asked for.</summary>
    public int Choices => request.Choices;

    /// <summary>How fast it came.</summary>
    public TokenRate TokenRate { get; } = new();

    /// <summary>Part of it is not what the undisturbed answer would have said.</summary>
    public bool IsApproximate { get; private set; }

    /// <summary>Whether its ids are all that it takes to go on.</summary>
    public bool ContinuesByIds => Continuation == ContinuationKind.Ids && !HasPieces && request is { Choices: 1, OnlyText: true };

    /// <summary>Something else than text came: the answer can't be continued.</summary>
    public bool HasPieces { get; private set; }

    /// <summary>Whether tokens must come with their ids.</summary>
    public bool NeedsIds => Continuation == ContinuationKind.Ids && !HasPieces;

    /// <summary>The client's prompt tokens: those of the first attempt that told them.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>Tokens of choice 0, which are what a continuation is given.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>Tokens of all choices: those that came, until the engine says at the end how many they were.</summary>
    public int Tokens { get; private set; }

    /// <summary>When the last token came, as a timestamp of the clock; null before the first.</summary>
    public long? LastTokenAt { get; private set; }

    /// <summary>Every choice has its finish reason: nothing is missing any more.</summary>
    public bool IsComplete => _open == 0;

    /// <summary>An attempt begins: the time to its first token is no gap between tokens.</summary>
    public void AttemptBegins() => TokenRate.Begin();

    public void Started(string identity, ContinuationKind continuation, bool isRepeatable, int? promptTokens)
    {
        Prompt(promptTokens);
        (Identity, Continuation, IsRepeatable) = (identity, continuation, isRepeatable);
    }

    public void Generated(int index, int id)
    {
        Tokens++;
        if (index == 0)
            Ids.Add(id);
    }

    /// <summary>Text becomes visible by what came. It is kept where ids are not all that it takes to go on.</summary>
    public void Told(int index, ReadOnlySpan<byte> text)
    {
        if (!ContinuesByIds)
            (_said[index] ??= new ArrayBufferWriter<byte>(512)).Write(text);
    }

    /// <summary>The text of a choice, the inside of a JSON string as it came; empty where it is not kept.</summary>
    public ReadOnlyMemory<byte> Said(int index) => _said[index]?.WrittenMemory ?? default;

    /// <summary>The text of the first choice, unescaped.</summary>
    public string SaidText() => JsonSerializer.Deserialize<string>([(byte)'"', .. Said(0).Span, (byte)'"'])!;

    /// <summary>Tokens without ids came: one, as far as one can know.</summary>
    public void GeneratedUnnumbered() => Tokens++;

    /// <summary>In a replay so many tokens have come anew; those that came before are not counted twice.</summary>
    public void GeneratedAnew(int tokens) => Tokens = Math.Max(Tokens, tokens);

    /// <summary>A piece came, of at least one token.</summary>
    public void PieceCame()
    {
        GeneratedUnnumbered();
        HasPieces = true;
    }

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
        _reported += completionTokens ?? 0;
        if (IsComplete && _reported > 0)
            Tokens = _reported;
    }

    /// <summary>Whether tokens may come for it.</summary>
    public bool IsOpen(int index) => (uint)index < (uint)_reasons.Length && _reasons[index] is null;

    /// <summary>Why a choice ended; null as long as it has not.</summary>
    public string? Reason(int index) => _reasons[index];

    /// <summary>From here on it is not what the undisturbed answer would have said.</summary>
    public void Approximated() => IsApproximate = true;

    /// <summary>Forgets what was generated, for an answer of which the client has seen nothing.</summary>
    public void StartOver()
    {
        Array.Clear(_reasons);
        Array.Clear(_said);
        (_open, Tokens, Identity, Continuation, IsRepeatable) = (_reasons.Length, 0, null, ContinuationKind.None, false);
        (_reported, HasPieces, LastTokenAt) = (0, false, null);
        Ids.Clear();
    }

    private void Prompt(int? tokens)
    {
        if (_knowsPrompt || tokens is not { } known)
            return;
        (PromptTokens, _knowsPrompt) = (known, true);
    }
}
