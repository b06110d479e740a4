using System.Text.Encodings.Web;
using System.Text.Json;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>Carries one attempt's events into the response state and to the answer.</summary>
internal sealed class EventRelay(
    SseReader events, Attempt attempt, ReplicaLive.AttemptSlot slot, AttemptClocks clocks, AttemptProgress progress, TimeProvider time)
{
    /// <summary>How long the end of the stream of a complete answer is waited for, so that the connection can be used again.</summary>
    private static readonly TimeSpan Tail = TimeSpan.FromMilliseconds(250);

    private readonly Replica _replica = attempt.Replica;
    private readonly ResponseState _response = attempt.Response;
    private readonly IResponseWriter _writer = attempt.Writer;
    private readonly CancellationToken _client = attempt.Client;
    private readonly TokenBatch _tokens = new();
    private Replay? _replay;
    private GenerationStart? _start;
    private bool _isMine;
    private bool _hasNews;
    private int _given;

    /// <summary>Reads to the end of the answer, or to what breaks it.</summary>
    public async Task<AttemptEnd> RunAsync()
    {
        while (true)
        {
            SseResult read;
            while (!events.TryRead(out read))
                events.Received(await events.ReceiveAsync(clocks.Token));
            if (read == SseResult.Comment)
            {
                clocks.Heard();
                continue;
            }
            if (read == SseResult.TooLarge)
                return new AttemptEnd(AttemptOutcome.Malformed);
            if (read != SseResult.Event)
                return new AttemptEnd(AttemptOutcome.ConnectionReset);
            if (await TakeAsync() is { } broken)
                return broken == AttemptOutcome.EngineError ? Failed() : new AttemptEnd(broken, 200);
            if (_isMine && _response.IsComplete)
            {
                await DrainAsync();
                return new AttemptEnd(AttemptOutcome.Completed);
            }
        }
    }

    private ValueTask<AttemptOutcome?> TakeAsync()
    {
        if (events.Name.SequenceEqual("tokens"u8))
            return Generates(out var outcome) ? TokensAsync() : outcome;
        if (events.Name.SequenceEqual("start"u8))
            return ValueTask.FromResult(_start is not null ? AttemptOutcome.Malformed : Start());
        if (events.Name.SequenceEqual("finish"u8))
            return Generates(out var outcome) ? FinishAsync() : outcome;
        if (events.Name.SequenceEqual("piece"u8))
            return Generates(out var outcome) ? PieceAsync() : outcome;
        return events.Name.SequenceEqual("error"u8) ? ValueTask.FromResult<AttemptOutcome?>(AttemptOutcome.EngineError) : Malformed;
    }

    private static ValueTask<AttemptOutcome?> Malformed => ValueTask.FromResult<AttemptOutcome?>(AttemptOutcome.Malformed);

    private AttemptOutcome? Start()
    {
        var start = JsonSerializer.Deserialize(events.Data, WireJson.Default.GenerationStart);
        if (start is not { Identity.Length: > 0, PromptTokens: null or >= 0 })
            return AttemptOutcome.Malformed;
        if (_response.Identity is { } identity && _response.Tokens > 0 && identity != start.Identity)
            return AttemptOutcome.IdentityMismatch;
        _given = attempt.Kind is AttemptKind.Exact or AttemptKind.Text ? _response.Tokens : 0;
        (_start, progress.Instance, progress.PromptTokens) = (start, start.Instance, start.PromptTokens);
        return null;
    }

    /// <summary>
    /// Whether what came may be taken. With the first of it this attempt claims the answer; false when the start is missing or another
    /// attempt has the answer.
    /// </summary>
    private bool Generates(out ValueTask<AttemptOutcome?> outcome)
    {
        outcome = default;
        if (_isMine)
            return true;
        if (_start is null || !clocks.Claim())
        {
            outcome = ValueTask.FromResult<AttemptOutcome?>(_start is null ? AttemptOutcome.Malformed : AttemptOutcome.HedgeLost);
            return false;
        }
        if (_response.Identity is null)
            _response.Extras.Began(_start);
        _response.Started(_start.Identity, _replica.Continuation, _replica.IsRepeatable, _start.PromptTokens);
        _response.ServedModel = _replica.Served(attempt.Request.RoutedModel);
        _replay = attempt.Kind == AttemptKind.Replay ? new Replay(_response) : null;
        return _isMine = true;
    }

    /// <summary>Takes tokens. Not an async method, because it runs for every token and rarely has to wait.</summary>
    private ValueTask<AttemptOutcome?> TokensAsync()
    {
        var tokens = _tokens;
        if (!tokens.Read(events.Data) || (tokens.Ids.Count == 0 && _response.NeedsIds))
            return Malformed;
        if (_replay is not null)
            return ReplayedAsync(_replay, tokens);
        if (!_response.IsOpen(tokens.Index))
            return Malformed;
        clocks.GotToken();
        foreach (var id in tokens.Ids)
            _response.Generated(tokens.Index, id);
        if (tokens.Ids.Count == 0)
            _response.GeneratedUnnumbered(tokens.Count);
        slot.GotToken();
        _writer.ServedBy(_replica.Id);
        Came(tokens.Count, isNew: true);
        return TellAsync(tokens.Index, tokens.Text);
    }

    private ValueTask<AttemptOutcome?> ReplayedAsync(Replay replay, TokenBatch tokens)
    {
        clocks.GotToken();
        slot.GotToken();
        var (text, count) = (tokens.Text, tokens.Count);
        switch (replay.Text(tokens.Index, count, ref text))
        {
            case Replayed.Diverged:
                return ValueTask.FromResult<AttemptOutcome?>(AttemptOutcome.Diverged);
            case Replayed.Known:
                Came(count, isNew: false);
                return default;
            default:
                _writer.ServedBy(_replica.Id);
                _response.GeneratedAnew(replay.Tokens);
                Came(count, isNew: true);
                return TellAsync(tokens.Index, text);
        }
    }

    private async ValueTask<AttemptOutcome?> PieceAsync()
    {
        var piece = JsonSerializer.Deserialize(events.Data, WireJson.Default.GenerationPiece);
        if (piece is not { Choice.ValueKind: JsonValueKind.Object, Count: null or (>= 0 and <= GenerationTokens.MostTokens) }
            || !_response.IsOpen(piece.Index) || !IsPart(piece.Choice))
            return AttemptOutcome.Malformed;
        if (_replay?.IsPast(piece.Index) == false)
            return AttemptOutcome.Diverged;
        clocks.GotPiece();
        _response.PieceCame(piece.Count ?? 1);
        slot.GotToken();
        _writer.ServedBy(_replica.Id);
        Came(piece.Count ?? 1, isNew: true);
        clocks.Pause();
        await _writer.PieceAsync(piece.Index, piece.Choice, _client);
        progress.Waited(time.GetTimestamp());
        clocks.GotToken();
        return null;
    }

    /// <summary>Whether a piece has only its own content: index and finish reason are written by the gateway.</summary>
    private static bool IsPart(JsonElement choice) =>
        !choice.TryGetProperty("index"u8, out _) && !choice.TryGetProperty("finish_reason"u8, out _);

    private async ValueTask<AttemptOutcome?> FinishAsync()
    {
        var finish = JsonSerializer.Deserialize(events.Data, WireJson.Default.GenerationFinish);
        if (finish is not { Reason.Length: > 0, PromptTokens: null or >= 0, CompletionTokens: null or >= 0 }
            || finish.Count is < 0 or > GenerationTokens.MostTokens)
            return AttemptOutcome.Malformed;
        ReadOnlyMemory<byte> text = Escaped(finish.Text);
        var isNew = _replay?.Finish(finish.Index, finish.Reason, ref text) ?? Replayed.New;
        if (isNew != Replayed.New)
            return isNew == Replayed.Known ? null : AttemptOutcome.Diverged;
        if (!_response.IsOpen(finish.Index))
            return AttemptOutcome.Malformed;
        _writer.ServedBy(_replica.Id);
        Came(finish.Count ?? 0, isNew: true);
        await TellAsync(finish.Index, text);
        _response.GeneratedUnnumbered(finish.Count ?? 0);
        _response.Extras.Ended(finish, _given);
        _response.Finished(finish.Index, finish.Reason, finish.PromptTokens, finish.CompletionTokens);
        if (_response.IsComplete)
            progress.Completed(_response.Tokens, _given);
        clocks.Pause();
        await _writer.FinishAsync(finish.Index, finish.Reason, _response.IsComplete, _client);
        progress.Waited(time.GetTimestamp());
        clocks.GotToken();
        return null;
    }

    private static byte[] Escaped(string? text) => text is { Length: > 0 }
        ? JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.ToArray()
        : [];

    private void Came(int tokens, bool isNew)
    {
        var now = time.GetTimestamp();
        progress.Came(tokens, now);
        if (!isNew)
        {
            _response.TokenRate.Token(now);
            return;
        }
        if (!_hasNews)
        {
            _hasNews = true;
            attempt.Observer.FirstToken(attempt);
        }
        _response.TokenAt(now);
    }

    private ValueTask<AttemptOutcome?> TellAsync(int index, ReadOnlyMemory<byte> text)
    {
        if (text.IsEmpty)
            return default;
        _response.Told(index, text.Span);
        var written = _writer.TextAsync(index, text, events.IsNext("tokens"u8), _client);
        return written.IsCompletedSuccessfully ? default : WrittenAsync(written);
    }

    /// <summary>Waits for a client that reads more slowly than the replica writes.</summary>
    private async ValueTask<AttemptOutcome?> WrittenAsync(ValueTask written)
    {
        clocks.Pause();
        await written;
        progress.Waited(time.GetTimestamp());
        clocks.GotToken();
        return null;
    }

    /// <summary>The end by an error; before a start it may be a refusal that came too late to have a status of its own.</summary>
    private AttemptEnd Failed() => Error() switch
    {
        { Status: >= 400 and < 600 and var status } error when _start is null =>
            new AttemptEnd(Forwarder.OutcomeOf(status, error, attempt.Kind), status, error),
        var error => new AttemptEnd(AttemptOutcome.EngineError, 200, error),
    };

    private GenerationError? Error()
    {
        try
        {
            return JsonSerializer.Deserialize(events.Data, WireJson.Default.GenerationError);
        }
        catch (JsonException)
        {
            return null; // an error without readable content is still an error
        }
    }

    /// <summary>Reads the rest of the stream after a complete answer: the usage, and the end, which keeps the connection usable.</summary>
    private async Task DrainAsync()
    {
        using var limit = new CancellationTokenSource(Tail, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, clocks.Token);
        try
        {
            while (await events.ReadAsync(either.Token) is SseResult.Event or SseResult.Comment)
            {
                if (events.Name.SequenceEqual("usage"u8))
                    progress.Usage = JsonSerializer.Deserialize(events.Data, WireJson.Default.GenerationUsage);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or HttpRequestException or JsonException)
        {
            // The stream was cut or hung after the finish: the client misses nothing.
        }
    }
}
