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

    /// <summary>Whether the request was turned down, and the engine may be well.</summary>
    public bool IsOfRequest => Name is "refused" or "rejected";

    /// <summary>Whether the engine is well and had nothing to say: its limit was reached with a token that has no text.</summary>
    public bool IsSilent { get; init; }

    /// <summary>A client came, or the liveness monitor needs no answer any more.</summary>
    public static readonly CanaryResult GivenUp = new("given_up");
}

/// <summary>
/// Real generations of one token: a picture that the engine has never seen, then the same one again. Engines cache what they make of a
/// picture, and both ways, with and without the cache, are known to break.
/// </summary>
internal sealed class Canary(
    IEngine engine, Generations generations, CapabilityEvidence capabilities, Random random, IOptions<LivenessOptions> options)
{
    /// <summary>Most steps that are read; an engine that does not stop at one token generates all the same.</summary>
    private const int MostSteps = 64;

    /// <summary>What every canary asks, as a JSON string.</summary>
    private const string Question = "\"Name a colour.\"";

    /// <summary>Sends the canary, and one with a picture a second time.</summary>
    public async Task<CanaryResult> SendAsync(CancellationToken giveUp)
    {
        if (!WantsPicture)
            return Judged(await OnceAsync(Body(withPicture: false), giveUp));
        var body = Body(withPicture: true);
        var first = await OnceAsync(body, giveUp);
        if (first.IsOfRequest || (first.Name == "failed" && !capabilities.HasShown(Capabilities.Pictures)))
            return await WithoutPictureAsync(first, giveUp);
        if (first.Name == "busy")
            return Judged(await OnceAsync(Body(withPicture: false), giveUp)); // there may be no room for pictures alone
        if (first.Name != "alive")
            return first.Name == "failed" ? first with { Words = $"with a picture never seen before: {first.Words}" } : first;
        var again = await OnceAsync(body, giveUp);
        // The same request was taken a moment ago: a refusal now is the engine's fault.
        if (again.IsOfRequest || again.Name == "failed")
            return new CanaryResult("failed", $"with the same picture a second time: {again.Words}");
        if (again is { Name: "alive", IsSilent: false })
            capabilities.Shows(Capabilities.Pictures);
        return again;
    }

    /// <summary>
    /// Tries words alone, after a picture was refused, or failed on an engine that was never seen to take one: many answer a picture with
    /// 500 or 404 because their model takes none, with nothing, or not at all. What it does with words then says whether it is well.
    /// </summary>
    private async Task<CanaryResult> WithoutPictureAsync(CanaryResult first, CancellationToken giveUp)
    {
        if (first.Name == "failed") // once may be chance
            first = await OnceAsync(Body(withPicture: true), giveUp);
        if (!first.IsOfRequest && first.Name != "failed")
            return first;
        var text = await OnceAsync(Body(withPicture: false), giveUp);
        if (first.Name == "refused" || text.Name == "alive")
            capabilities.Lacks(Capabilities.Pictures, first.Words ?? "");
        return text.Name == "failed" && first.Name == "failed"
            ? text with { Words = $"with a picture never seen before, and in words: {text.Words}" }
            : Judged(text);
    }

    /// <summary>
    /// What a rejection means: no such model or path, no money. Where clients are rejected as well, nobody is served here, although
    /// quickly. Else it concerns the canary alone: the model that it asks for is the first of several and may be none for chat.
    /// </summary>
    private CanaryResult Judged(CanaryResult result) =>
        result.Name != "rejected" ? result : result with { Name = generations.RejectsClients ? "failed" : "refused" };

    private bool WantsPicture => capabilities.MayTry(Capabilities.Pictures) && options.Value.Canary != CanaryKind.Text;

    private async Task<CanaryResult> OnceAsync(byte[] body, CancellationToken giveUp)
    {
        try
        {
            var (isEmpty, isSilent, steps) = (true, true, 0);
            await foreach (var step in generations.TryAsync(new EngineRequest(body, new GenerationExtras()), giveUp))
            {
                if (step is EngineComment)
                    continue; // no token, and of an engine that loads there may be many
                isSilent &= !step.ShowsTokens;
                isEmpty &= isSilent && step is not EngineFinished { Reason: "length" };
                if (++steps == MostSteps)
                    break;
            }
            return isEmpty ? new CanaryResult("failed", "an answer without a single token")
                : CanaryResult.Alive with { IsSilent = isSilent };
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
