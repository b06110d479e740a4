namespace Clawdbot.Gateway.Edge;

/// <summary>Names of Clawdbot's own headers.</summary>
internal static class EdgeHeaders
{
    /// <summary>Response: the replica that the first token came from.</summary>
    public const string Replica = "X-Clawdbot-Replica";

    /// <summary>
    /// Response: what its engine was asked for, which the client may know by another name. Left out where a header can't have that name.
    /// </summary>
    public const string ServedModel = "X-Clawdbot-Served-Model";

    /// <summary>Request and response: see <see cref="Edge.RequestId"/>.</summary>
    public const string RequestId = "X-Request-Id";

    /// <summary>Request: with <c>true</c>, a <c>clawdbot</c> field in the last chunk or the document tells what happened.</summary>
    public const string Details = "X-Clawdbot-Details";

    /// <summary>Request: a key by which the client may repeat the request without having it done again.</summary>
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>Response: <c>joined</c> or <c>replayed</c>, when the answer was made for an earlier request with the same key.</summary>
    public const string Idempotent = "X-Clawdbot-Idempotent";

    /// <summary>Request: see <see cref="Failover.ContinuationPreference"/>.</summary>
    public const string Continue = "X-Clawdbot-Continue";

    /// <summary>Request: <c>high</c>, <c>normal</c> or <c>low</c>, at most what the key allows; see <see cref="Auth.Priority"/>.</summary>
    public const string Priority = "X-Clawdbot-Priority";

    /// <summary>Request: milliseconds from its arrival after which the answer is not wanted any more.</summary>
    public const string Deadline = "X-Clawdbot-Deadline-Ms";

    /// <summary>
    /// Request: with <c>off</c>, nothing is sent before the answer or an error; see <see cref="EdgeOptions.KeepAliveSeconds"/>.
    /// </summary>
    public const string KeepAlive = "X-Clawdbot-Keep-Alive";
}
