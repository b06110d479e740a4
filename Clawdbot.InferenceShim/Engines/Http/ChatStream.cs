using System.Runtime.CompilerServices;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Calls an engine's chat endpoint and makes events of its answer.</summary>
internal sealed class ChatStream(EngineConnection engine, TimeProvider time)
{
    /// <summary>How long the token counts of a finished answer are waited for.</summary>
    private static readonly TimeSpan Tail = TimeSpan.FromSeconds(1);

    /// <summary>How long more is waited for where the reason came with text, which an engine that says it in each chunk does.</summary>
    private static readonly TimeSpan LongTail = TimeSpan.FromSeconds(5);

    /// <summary>How long an engine that has said its reason too early may say nothing.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Sends a request and returns the engine's events. The start comes with the first of them: until then an engine may still refuse.
    /// </summary>
    /// <exception cref="EngineRefusalException">The engine refuses the request, or has no room.</exception>
    /// <exception cref="EngineFailureException">The engine failed, before the first event or later.</exception>
    public async IAsyncEnumerable<EngineEvent> ReadAsync(
        string path, HttpContent body, ChatChunks chunks, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await engine.SendAsync(HttpMethod.Post, path, body, cancellation);
        if (!response.IsSuccessStatusCode)
            throw Refused(await EngineFaults.OfAsync(response, cancellation), chunks);
        using var events = await AnswerReader.OfAsync(
            response, hasLines: chunks.Dialect is not null, GenerationEvents.MostEngineBytes, cancellation);
        var (steps, isStarted) = (new List<EngineEvent>(), false);
        while (!chunks.IsComplete && await EventAsync(events, chunks, steps, isStarted, cancellation))
        {
            if (!isStarted && steps is not [EngineComment])
            {
                yield return chunks.Start;
                isStarted = true;
            }
            foreach (var step in steps)
                yield return step;
        }
        foreach (var finish in chunks.Finishes())
            yield return finish;
    }

    /// <summary>The events of an answer whose limit was reached elsewhere; no engine is asked.</summary>
    public static async IAsyncEnumerable<EngineEvent> NothingLeft(int delivered)
    {
        await Task.CompletedTask;
        yield return new EngineStarted(null);
        yield return new EngineFinished(0, "length", "", null, delivered);
    }

    /// <summary>The same where the prompt's tokens are not known yet: the engine is asked for one token to learn them.</summary>
    /// <param name="path">The path of the request at the engine.</param>
    /// <param name="least">The request for one token, without the delivered text; null: the engine does not tell a prompt's tokens.</param>
    /// <param name="chunks">Takes the answer to that request, which is dropped.</param>
    /// <param name="delivered">Number of tokens of the client's answer.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public async IAsyncEnumerable<EngineEvent> NothingLeftAsync(
        string path, HttpContent? least, ChatChunks chunks, int delivered, [EnumeratorCancellation] CancellationToken cancellation)
    {
        int? prompt = null;
        if (least is not null)
            prompt = await PromptTokensAsync(path, least, chunks, cancellation);
        yield return new EngineStarted(prompt);
        yield return new EngineFinished(0, "length", "", null, delivered);
    }

    /// <summary>The tokens of a prompt; null where the engine does not tell, which is no reason to lose an answer that is whole.</summary>
    private async Task<int?> PromptTokensAsync(string path, HttpContent least, ChatChunks chunks, CancellationToken cancellation)
    {
        try
        {
            int? prompt = null;
            await foreach (var step in ReadAsync(path, least, chunks, cancellation))
                prompt = step is EngineFinished finished ? finished.PromptTokens : prompt;
            return prompt;
        }
        catch (EngineRefusalException)
        {
            return null;
        }
    }

    /// <summary>The error to report. A refused continuation is not the client's fault: the request was valid at the start.</summary>
    private static Exception Refused(Exception fault, ChatChunks chunks) =>
        chunks.GoesOn && fault is EngineRefusalException { Status: < 500 }
            ? EngineFaults.Mismatch($"The engine does not go on with the answer: {fault.Message}", isOfEngine: true)
            : fault;

    /// <summary>Takes the next event; false at the end of a complete answer.</summary>
    private async ValueTask<bool> EventAsync(
        AnswerReader events, ChatChunks chunks, List<EngineEvent> steps, bool isStarted, CancellationToken cancellation)
    {
        steps.Clear();
        switch (await ReadAsync(events, chunks, cancellation))
        {
            case SseResult.Comment:
                steps.Add(EngineComment.Instance);
                return true;
            case SseResult.Event when events.IsError:
                throw Refused(EngineFaults.InEvent(events.Data, isStarted), chunks);
            case SseResult.Event when events.Data.Trim(" \t"u8).SequenceEqual("[DONE]"u8):
                chunks.Close();
                goto default;
            case SseResult.Event:
                Take(events.Data, chunks, steps, isStarted);
                return !events.IsDocument || IsWhole(chunks);
            case SseResult.Truncated when events.Data.Trim(" \t"u8).SequenceEqual("[DONE]"u8): // without the blank line behind it
                chunks.Close();
                goto default;
            case SseResult.Truncated when chunks.WentOn || chunks.SaidOnce || chunks is { IsFinished: true, HasSaid: false }:
                throw new EngineFailureException("engine_cut", "The engine's answer ended before it was complete.");
            case SseResult.TooLarge:
                throw new EngineFailureException(
                    "engine_malformed", $"The engine sent an event of more than {GenerationEvents.MostEngineBytes} bytes.");
            default:
                return chunks.IsFinished
                    ? false
                    : throw new EngineFailureException("engine_cut", "The engine's answer ended before it was complete.");
        }
    }

    /// <summary>Takes a document for the whole answer; true, or it throws.</summary>
    private static bool IsWhole(ChatChunks chunks)
    {
        chunks.Close();
        return chunks.IsFinished
            ? true
            : throw new EngineFailureException("engine_malformed", "The engine's answer lacks a choice.");
    }

    private async ValueTask<SseResult> ReadAsync(AnswerReader events, ChatChunks chunks, CancellationToken cancellation)
    {
        // Of an engine that says a reason before it has said anything, or goes on behind one, only its own end is the end.
        var isOver = chunks is { IsFinished: true, WentOn: false, HasSaid: true };
        using var limit = isOver ? new CancellationTokenSource(chunks.MayGoOn ? LongTail : Tail, time)
            : chunks.IsFinished ? new CancellationTokenSource(Longest, time)
            : null;
        using var either = limit is null ? null : CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            SseResult read;
            do
                read = await events.ReadAsync(either?.Token ?? cancellation);
            while (read == SseResult.Comment && chunks.IsFinished); // no sign of life makes the end wait longer
            return read;
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or InvalidDataException)
        {
            return SseResult.Truncated;
        }
        catch (OperationCanceledException) when (limit is { IsCancellationRequested: true } && !cancellation.IsCancellationRequested)
        {
            return isOver && !(chunks.MayGoOn && chunks.SaidOnce) ? SseResult.End : SseResult.Truncated;
        }
    }

    private static void Take(ReadOnlySpan<byte> json, ChatChunks chunks, List<EngineEvent> steps, bool isStarted)
    {
        if (json.StartsWith("\uFEFF"u8))
            json = json[3..];
        try
        {
            var reader = new Utf8JsonReader(json);
            using var chunk = JsonDocument.ParseValue(ref reader);
            if (json[(int)reader.BytesConsumed..].IndexOfAnyExcept(" \t\r\n"u8) >= 0)
                throw new JsonException("something follows the object.");
            if (EngineFaults.In(chunk.RootElement, isStarted) is { } fault)
                throw Refused(fault, chunks);
            chunks.Take(chunk.RootElement, steps);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            throw new EngineFailureException("engine_malformed", $"What the engine sent is no chunk of an answer: {fault.Message}", fault);
        }
    }
}
