using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.LlamaCpp;

/// <summary>Makes the requests to llama.cpp's server: the client's fields, always as a stream.</summary>
internal static class LlamaCppRequests
{
    public const string Chat = "/v1/chat/completions";

    /// <summary>A chat request; null when there is nothing left to generate.</summary>
    /// <param name="request">The client's request.</param>
    /// <param name="raw">The fields of its body.</param>
    /// <param name="isDeterministic">Whether the prompt is always computed anew.</param>
    /// <param name="takesPictures">False when the server has said that it takes no pictures.</param>
    /// <exception cref="EngineRefusalException">The server takes no request like this, or the answer can't go on from text.</exception>
    public static HttpContent? ToChat(EngineRequest request, RawObject raw, bool isDeterministic, bool takesPictures)
    {
        var edit = Streamed(raw);
        // A seed has 32 bits there, and all of them set means a random one.
        if ((raw.Number("seed") ?? request.Extras.Seed) is { } seed)
            edit.Set("seed", seed & int.MaxValue);
        if (isDeterministic)
            edit.Set("cache_prompt", "false");
        // continue_final_message also asks that the given text is not shown again. Before ggml-org/llama.cpp#23012 it is not known, and the
        // server goes on from the last message and does not show it either.
        if (request.Extras.ContinueText is not null)
            return TextContinuation.Apply(edit, raw, request, TextContinuationStyle.ContinueFinalMessage) ? edit.ToContent() : null;
        if (raw.Has("n") && raw.Number("n") != 1)
        {
            throw new EngineRefusalException(400, "unsupported_value",
                "llama.cpp's server gives one choice. Leave 'n' out, and ask again for another answer.", "n");
        }
        if (!takesPictures && HasPicture(raw))
        {
            throw new EngineRefusalException(400, "images_not_supported",
                "This model takes no pictures. Leave them out, or ask for a model that takes them.", "messages");
        }
        return edit.ToContent();
    }

    /// <summary>The request for one token, to learn how many tokens its prompt has.</summary>
    public static HttpContent Least(RawObject raw) =>
        Streamed(raw).Set("max_tokens", 1).Remove("max_completion_tokens").Remove("n_predict").ToContent();

    private static RawEdit Streamed(RawObject raw) =>
        new RawEdit(raw).Set("stream", "true").Set("stream_options", """{"include_usage":true}""");

    private static bool HasPicture(RawObject raw)
    {
        var json = new Utf8JsonReader(raw["messages"].Span);
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("image_url"u8))
                return true;
        }
        return false;
    }
}
