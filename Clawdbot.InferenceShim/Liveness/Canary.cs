using System.Text;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>What became of a canary.</summary>
/// <param name="Name">For metrics: <c>alive</c>, <c>failed</c>, <c>refused</c>, <c>busy</c> or <c>given_up</c>.</param>
/// <param name="Words">Of a failure, why.</param>
internal sealed record CanaryResult(string Name, string? Words = null)
{
    public static readonly CanaryResult Alive = new("alive");

    /// <summary>The engine has no room: it is alive, although nothing proves that it generates.</summary>
    public static readonly CanaryResult Busy = new("busy");

    /// <summary>A client came, or the liveness monitor needs no answer any more.</summary>
    public static readonly CanaryResult GivenUp = new("given_up");
}

/// <summary>
/// Real generations of one token: a picture that the engine has never seen, then the same one again. Engines cache what they make of a
/// picture, and both ways, with and without the cache, are known to break.
/// </summary>
internal sealed class Canary(IEngine engine, Generations generations, Random random, IOptions<LivenessOptions> options)
{
    /// <summary>Most steps that are read; an engine that does not stop at one token generates all the same.</summary>
    private const int MostSteps = 64;

    /// <summary>What every canary asks, as a JSON string.</summary>
    private const string Question = "\"Name a colour.\"";

    private bool _takesNoPictures;

    /// <summary>Sends the canary, and one with a picture a second time.</summary>
    public async Task<CanaryResult> SendAsync(CancellationToken giveUp)
    {
        var (isPicture, body) = (WantsPicture, Body(WantsPicture));
        var first = await OnceAsync(body, giveUp);
        if (first.Name is "refused" or "rejected" && isPicture)
        {
            var text = await OnceAsync(Body(withPicture: false), giveUp);
            _takesNoPictures |= first.Name == "refused" || text.Name == "alive"; // the model takes none, although its server can
            return Judged(text);
        }
        if (first.Name == "rejected")
            return Judged(first);
        if (first.Name != "alive" || !isPicture)
            return first.Name == "failed" && isPicture ? first with { Words = $"with a picture never seen before: {first.Words}" } : first;
        var again = await OnceAsync(body, giveUp);
        // The same request was taken a moment ago: a refusal now is the engine's fault.
        return again.Name is "failed" or "refused" or "rejected"
            ? new CanaryResult("failed", $"with the same picture a second time: {again.Words}")
            : again;
    }

    /// <summary>
    /// What a rejection means: no such model or path, no money. Where clients are rejected as well, nobody is served here, although
    /// quickly. Else it concerns the canary alone: the model that it asks for is the first of several and may be none for chat.
    /// </summary>
    private CanaryResult Judged(CanaryResult result) =>
        result.Name != "rejected" ? result : result with { Name = generations.RejectsClients ? "failed" : "refused" };

    private bool WantsPicture => engine.Capabilities.Images && !_takesNoPictures && options.Value.Canary != CanaryKind.Text;

    private async Task<CanaryResult> OnceAsync(byte[] body, CancellationToken giveUp)
    {
        try
        {
            var (isEmpty, steps) = (true, 0);
            await foreach (var step in generations.TryAsync(new EngineRequest(body, new GenerationExtras()), giveUp))
            {
                isEmpty &= step is EngineStarted
                    or EngineFinished { Count: 0, CompletionTokens: null or 0, Text: "", Reason: not "length" };
                if (++steps == MostSteps)
                    break;
            }
            return isEmpty ? new CanaryResult("failed", "an answer without a single token") : CanaryResult.Alive;
        }
        catch (EngineRefusalException refusal)
        {
            return refusal.Status switch
            {
                StatusCodes.Status503ServiceUnavailable => CanaryResult.Busy,
                400 or 413 or 415 or 422 => new CanaryResult("refused", refusal.Message),
                _ => new CanaryResult("rejected", $"{refusal.Status}: {refusal.Message}"),
            };
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            return CanaryResult.GivenUp;
        }
        catch (Exception fault) when (fault is EngineFailureException or InvalidOperationException or OperationCanceledException)
        {
            return new CanaryResult("failed", fault.Message);
        }
    }

    private byte[] Body(bool withPicture)
    {
        var model = JsonEncodedText.Encode(engine.Description.Model);
        var content = withPicture ? $$"""[{{NewPicture()}},{"type":"text","text":{{Question}}}]""" : Question;
        return Encoding.UTF8.GetBytes(
            $$"""{"model":"{{model}}","max_tokens":1,"temperature":0,"messages":[{"role":"user","content":{{content}}}]}""");
    }

    private string NewPicture()
    {
        var png = Convert.ToBase64String(CanaryPicture.Draw(random));
        return $$$"""{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{png}}}"}}""";
    }
}
