using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>Status and headers of an answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Content type of the bytes.</param>
/// <param name="Id">Id of the answer.</param>
/// <param name="Replica">Replica that the first token came from.</param>
/// <param name="ServedModel">What its engine was asked for; null or empty where no header said so.</param>
internal sealed record AnswerHead(int Status, string ContentType, string Id, string Replica, string? ServedModel = null)
{
    /// <summary>Those of a response. Its header may have the client's own id; the answer's is what this server calls the request.</summary>
    public static AnswerHead Of(HttpResponse response) => new(response.StatusCode, response.ContentType ?? "",
        response.HttpContext.TraceIdentifier, response.Headers[EdgeHeaders.Replica].ToString(),
        response.Headers[EdgeHeaders.ServedModel].ToString());

    /// <summary>Copies them to the response for another client.</summary>
    /// <param name="response">The other client's response.</param>
    /// <param name="how"><c>joined</c> or <c>replayed</c>.</param>
    public void CopyTo(HttpResponse response, string how)
    {
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.HttpContext.TraceIdentifier = Id;
        RequestId.Write(response.HttpContext);
        if (Replica.Length > 0) // its headers may have been sent before a replica had it
            response.Headers[EdgeHeaders.Replica] = Replica;
        if (ServedModel is { Length: > 0 }) // gateways of an older version keep none
            response.Headers[EdgeHeaders.ServedModel] = ServedModel;
        response.Headers[EdgeHeaders.Idempotent] = how;
        if (ContentType.StartsWith("text/event-stream", StringComparison.Ordinal))
            (response.Headers.CacheControl, response.Headers["X-Accel-Buffering"]) = ("no-cache", "no");
    }
}
