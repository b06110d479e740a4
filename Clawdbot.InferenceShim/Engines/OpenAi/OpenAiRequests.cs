using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.OpenAi;

/// <summary>Makes the requests to the server: the client's fields, always as a stream, so that every token is seen when it comes.</summary>
internal sealed class OpenAiRequests(OpenAiOptions options)
{
    public const string Path = "/v1/chat/completions";

    /// <summary>The body; null when there is nothing left to generate.</summary>
    /// <exception cref="EngineRefusalException">The request can't be sent.</exception>
    public HttpContent? Make(EngineRequest request, RawObject raw)
    {
        var edit = Streamed(raw);
        if (request.Extras.Seed is { } seed && !raw.Has("seed"))
            edit.Set("seed", seed);
        return !request.GoesOn || TextContinuation.Apply(edit, raw, request, options.Continuation) ? edit.ToContent() : null;
    }

    /// <summary>The body that asks for one token, to learn how many tokens the prompt has; null where the server does not say.</summary>
    public HttpContent? Least(RawObject raw) =>
        options.AskForUsage ? Streamed(raw).Set("max_tokens", 1).Remove("max_completion_tokens").ToContent() : null;

    private RawEdit Streamed(RawObject raw)
    {
        var edit = new RawEdit(raw).Set("stream", "true");
        return options.AskForUsage ? edit.Set("stream_options", """{"include_usage":true}""") : edit.Remove("stream_options");
    }
}
