using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.OpenAi;

/// <summary>What is sent: the client's own words, always as a stream, so that every token is seen when it comes.</summary>
internal sealed class OpenAiRequests(OpenAiOptions options)
{
    public const string Path = "/v1/chat/completions";

    /// <summary>The body; null when there is nothing left to generate.</summary>
    /// <exception cref="EngineRefusalException">The request can't be sent.</exception>
    public HttpContent? Make(EngineRequest request, RawObject raw)
    {
        var edit = new RawEdit(raw).Set("stream", "true");
        if (options.AskForUsage)
            edit.Set("stream_options", """{"include_usage":true}""");
        else
            edit.Remove("stream_options");
        if (request.Extras.Seed is { } seed && !raw.Has("seed"))
            edit.Set("seed", seed);
        return !request.GoesOn || TextContinuation.Apply(edit, raw, request, options.Continuation) ? edit.ToContent() : null;
    }
}
