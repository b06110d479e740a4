using System.Runtime.CompilerServices;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Vllm;

/// <summary>
/// Goes on from token ids: the request is rendered to ids, the given ones are put behind them, and the engine generates what follows as
/// it would have. vLLM's token-in, token-out endpoint streams ids alone, so the text is made here.
/// </summary>
internal sealed class VllmContinuation(ModelNames names, EngineConnection connection, TimeProvider time)
{
    /// <summary>Largest answer in bytes: a rendered request holds the pictures' tensors.</summary>
    private const int MostBytes = 512 << 20;

    private readonly ChatStream _stream = new(connection, time);

    /// <summary>Generates what follows the given ids.</summary>
    /// <exception cref="EngineRefusalException">The answer can't go on exactly (409), or the engine refuses the request.</exception>
    public async IAsyncEnumerable<EngineEvent> GoOnAsync(
        EngineRequest request, RawObject raw, [EnumeratorCancellation] CancellationToken cancellation)
    {
        CheckTextOnly(raw);
        var given = request.Extras.Continue!;
        var prompt = new VllmPrompt(await PostAsync(VllmRequests.Render, VllmRequests.ToRender(request, raw), cancellation));
        var text = new VllmChunks(DetokenizeAsync, prompt.Stops);
        await text.BeginAsync(given, cancellation);
        if (prompt.MaxTokens <= given.Count)
        {
            yield return new EngineStarted(prompt.Tokens);
            yield return new EngineFinished(0, "length", await text.EndAsync([], "length", cancellation), prompt.Tokens, given.Count);
            yield break;
        }
        var (chunks, count) = (new ChatChunks(1, withIds: true, delivered: given.Count), given.Count);
        await foreach (var step in _stream.ReadAsync(VllmRequests.Generate, await prompt.BehindAsync(given), chunks, cancellation))
        {
            switch (step)
            {
                case EngineStarted:
                    yield return new EngineStarted(prompt.Tokens);
                    break;
                case EngineTokens tokens:
                    count += tokens.Ids.Count;
                    var shown = await text.AddAsync(tokens.Ids, cancellation);
                    if (text.IsStopped)
                    {
                        // The stop string began in the given ids, so the engine can't see it. Leaving the loop stops the engine.
                        yield return new EngineFinished(0, "stop", shown, prompt.Tokens, count)
                        {
                            Count = tokens.Ids.Count, StopReason = Met(text),
                        };
                        yield break;
                    }
                    yield return tokens with { Text = shown };
                    break;
                case EngineFinished finished:
                    var rest = await text.EndAsync(chunks.Last(0), finished.Reason, cancellation);
                    var reason = text.IsStopped ? "stop" : finished.Reason;
                    yield return finished with
                    {
                        Text = rest, Reason = reason, PromptTokens = prompt.Tokens, StopReason = Met(text) ?? finished.StopReason,
                    };
                    break;
            }
        }
    }

    /// <summary>The stop string that was met, as the chat stream would have told it.</summary>
    private static JsonElement? Met(VllmChunks text) =>
        text.Stop is { } stop ? EngineLabel.StopReason(JsonSerializer.SerializeToElement(stop)) : null;

    private static void CheckTextOnly(RawObject raw)
    {
        var more = MoreThanText.Fields.Append("echo").FirstOrDefault(name => raw.Has(name) && MoreThanText.IsWanted(name, raw[name].Span));
        if (more is not null)
            throw EngineFaults.Mismatch($"With '{more}' an answer is more than its text.");
    }

    private async Task<string> DetokenizeAsync(IReadOnlyList<int> ids, CancellationToken cancellation)
    {
        var edit = new RawEdit(new RawObject("{}"u8.ToArray())).Set("tokens", $"[{string.Join(',', ids)}]");
        if (names.Upstream is { } model)
            edit.Set("model", RawEdit.Text(model)); // an adapter may have a tokenizer of its own
        using var answer = JsonDocument.Parse(await PostAsync(VllmRequests.Detokenize, edit.ToContent(), cancellation));
        return answer.RootElement.TryGetProperty("prompt", out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw new EngineFailureException("engine_malformed", "The engine made no text of token ids.");
    }

    private async Task<byte[]> PostAsync(string path, HttpContent body, CancellationToken cancellation)
    {
        using var response = await connection.SendAsync(HttpMethod.Post, path, body, cancellation);
        if (response.IsSuccessStatusCode)
        {
            try
            {
                await response.Content.LoadIntoBufferAsync(MostBytes, cancellation);
                return await response.Content.ReadAsByteArrayAsync(cancellation);
            }
            catch (Exception fault) when (fault is IOException or HttpRequestException)
            {
                throw new EngineFailureException(
                    "engine_cut", $"The engine's answer to {path} ended before it was complete: {fault.Message}", fault);
            }
        }
        // Another engine took the request, so it is not at fault: this one lacks the endpoint or can't render it.
        var refusal = await EngineFaults.OfAsync(response, cancellation);
        throw (int)response.StatusCode is >= 400 and < 500 and not 429 or 501
            ? EngineFaults.Mismatch($"The engine answers {path} with {(int)response.StatusCode}. {refusal.Message}")
            : refusal;
    }
}
