using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.SgLang;

/// <summary>Makes the requests to SGLang: the client's fields, always as a stream, with a name by which to abort it.</summary>
internal static class SgLangRequests
{
    public const string Chat = "/v1/chat/completions";
    public const string Abort = "/abort_request";

    /// <summary>A chat request; null when there is nothing left to generate.</summary>
    /// <param name="request">The client's request.</param>
    /// <param name="raw">The fields of its body.</param>
    /// <param name="id">The request's name (<c>rid</c>); null: SGLang makes one, or one for each choice.</param>
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

    /// <summary>The request for one token, to learn how many tokens its prompt has.</summary>
    public static HttpContent Least(RawObject raw) =>
        Streamed(raw).Set("max_tokens", 1).Remove("max_completion_tokens").Remove("rid").ToContent();

    /// <summary>The request that aborts the request of this name.</summary>
    public static HttpContent ToAbort(string id) => new RawEdit(new RawObject("{}"u8.ToArray())).Set("rid", RawEdit.Text(id)).ToContent();

    private static RawEdit Streamed(RawObject raw) =>
        new RawEdit(raw).Set("stream", "true").Set("stream_options", """{"include_usage":true}""");
}
