using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.SgLang;

/// <summary>What is sent: the client's own words, always as a stream, with a name to abort it by.</summary>
internal static class SgLangRequests
{
    public const string Chat = "/v1/chat/completions";
    public const string Abort = "/abort_request";

    /// <summary>A chat request; null when there is nothing left to generate.</summary>
    /// <param name="request">The client's.</param>
    /// <param name="raw">The same, as fields.</param>
    /// <param name="id">SGLang's <c>rid</c>; null: SGLang makes one, or one for each choice.</param>
    /// <exception cref="EngineRefusalException">The answer can't go on from text.</exception>
    public static HttpContent? ToChat(EngineRequest request, RawObject raw, string? id)
    {
        var edit = Streamed(raw);
        if (id is null)
            edit.Remove("rid");
        else
            edit.Set("rid", RawEdit.Text(id));
        if (request.Extras.Seed is { } seed && !raw.Has("seed"))
            edit.Set("seed", seed);
        return request.Extras.ContinueText is null
            || TextContinuation.Apply(edit, raw, request, TextContinuationStyle.ContinueFinalMessage)
            ? edit.ToContent()
            : null;
    }

    /// <summary>The request for as little as possible, to learn what its prompt costs.</summary>
    public static HttpContent Least(RawObject raw) =>
        Streamed(raw).Set("max_tokens", 1).Remove("max_completion_tokens").Remove("rid").ToContent();

    /// <summary>Ends a request of this name, whatever became of its connection.</summary>
    public static HttpContent ToAbort(string id) => new RawEdit(new RawObject("{}"u8.ToArray())).Set("rid", RawEdit.Text(id)).ToContent();

    private static RawEdit Streamed(RawObject raw) =>
        new RawEdit(raw).Set("stream", "true").Set("stream_options", """{"include_usage":true}""");
}
