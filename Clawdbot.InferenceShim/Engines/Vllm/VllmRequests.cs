using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.Vllm;

/// <summary>Makes the requests to vLLM: the client's fields, always as a stream with token ids.</summary>
internal static class VllmRequests
{
    public const string Chat = "/v1/chat/completions";
    public const string Render = "/v1/chat/completions/render";
    public const string Generate = "/inference/v1/generate";
    public const string Detokenize = "/detokenize";

    /// <summary>A chat request; null when there is nothing left to generate.</summary>
    /// <exception cref="EngineRefusalException">The answer can't go on from text.</exception>
    public static HttpContent? ToChat(EngineRequest request, RawObject raw)
    {
        var edit = Seeded(request, raw)
            .Set("stream", "true").Set("stream_options", """{"include_usage":true}""").Set("return_token_ids", "true");
        return request.Extras.ContinueText is null
            || TextContinuation.Apply(edit, raw, request, TextContinuationStyle.ContinueFinalMessage)
            ? edit.ToContent()
            : null;
    }

    /// <summary>The same request, to be rendered to token ids.</summary>
    public static HttpContent ToRender(EngineRequest request, RawObject raw) =>
        Seeded(request, raw).Remove("stream").Remove("stream_options").ToContent();

    private static RawEdit Seeded(EngineRequest request, RawObject raw)
    {
        var edit = new RawEdit(raw);
        return request.Extras.Seed is { } seed && !raw.Has("seed") ? edit.Set("seed", seed) : edit;
    }
}
