namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>What stands before the bytes of an answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">What the bytes are.</param>
/// <param name="Id">The answer's id.</param>
/// <param name="Replica">Where the first token came from.</param>
internal sealed record AnswerHead(int Status, string ContentType, string Id, string Replica)
{
    public static AnswerHead Of(HttpResponse response) => new(response.StatusCode, response.ContentType ?? "",
        response.Headers[EdgeHeaders.RequestId].ToString(), response.Headers[EdgeHeaders.Replica].ToString());

    /// <summary>The same for somebody else.</summary>
    /// <param name="response">Theirs.</param>
    /// <param name="how">How they come by it.</param>
    public void CopyTo(HttpResponse response, string how)
    {
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.Headers[EdgeHeaders.RequestId] = Id;
        response.Headers[EdgeHeaders.Replica] = Replica;
        response.Headers[EdgeHeaders.Idempotent] = how;
        if (ContentType.StartsWith("text/event-stream", StringComparison.Ordinal))
            (response.Headers.CacheControl, response.Headers["X-Accel-Buffering"]) = ("no-cache", "no");
    }
}
