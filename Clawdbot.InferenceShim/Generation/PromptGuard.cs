using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Pictures;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>
/// Refuses a request that can't fit before the engine sees it. An engine that refuses it itself may have its pictures half in its caches by
/// then, and fail the next request that brings one of them (vllm-project/vllm#46354).
/// </summary>
internal sealed class PromptGuard(IEngine engine, IOptions<GuardOptions> options)
{
    /// <summary>Checks a request.</summary>
    /// <exception cref="EngineRefusalException">It does not fit; the message says what to do.</exception>
    public void Check(EngineRequest request)
    {
        if (request.GoesOn)
            return; // another engine of this identity has taken it
        var can = engine.Capabilities;
        if (can is { RefusesBeyondContext: true, BoundsPictures: true })
            return; // it does all of this itself, and counts exactly
        var outline = request.Outline;
        if (outline.Pictures.Count == 0 && can.RefusesBeyondContext)
            return; // without pictures its refusal leaves nothing behind in its caches
        var pictures = outline.Pictures.Select(p => PictureSize.OfDataUri(p.Span)).ToList();
        if (!can.BoundsPictures)
            Bound(pictures);
        if (engine.Description.ContextTokens is { } context)
            Measure(outline, pictures, context);
    }

    private void Bound(List<(int Width, int Height)?> pictures)
    {
        var most = options.Value;
        if (pictures.Count > most.Images)
        {
            throw new EngineRefusalException(400, "too_many_images",
                $"{pictures.Count} pictures in one request; at most {most.Images} are taken. Send fewer, or in several requests.",
                "messages");
        }
        if (pictures.FirstOrDefault(p => p is { } size && (long)size.Width * size.Height > most.ImagePixels) is { } large)
        {
            throw new EngineRefusalException(400, "image_too_large",
                $"A picture has {large.Width}x{large.Height} pixels; at most {most.ImagePixels} pixels are taken. Send a smaller one.",
                "messages");
        }
    }

    private void Measure(PromptOutline outline, List<(int Width, int Height)?> pictures, int context)
    {
        var model = engine.Description.ServedModel ?? engine.Description.Model;
        var text = outline.Texts.Sum(t => LeastTokens.OfText(t.Span));
        var images = pictures.Sum(p => p is { } size ? LeastTokens.OfPicture(model, size, options.Value.ImageTokens) : 1);
        if (text + images < context) // an answer has one at least, and many engines lower a limit that does not fit
            return;
        throw new EngineRefusalException(400, "context_length_exceeded",
            $"The prompt has at least {text + images} tokens ({images} of them for {pictures.Count} pictures) "
            + $"and leaves no room for an answer in the context of {context} tokens. "
            + "Shorten the prompt, or send smaller or fewer pictures.", "messages");
    }
}
