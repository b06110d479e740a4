namespace Clawdbot.Gateway.Failover;

/// <summary>How the client lets a broken answer be continued after its first byte: header <c>X-Clawdbot-Continue</c>.</summary>
internal enum ContinuationPreference
{
    /// <summary>It is continued in the best way there is. The default.</summary>
    Any,

    /// <summary>It is continued only if it stays identical; otherwise the client gets an error.</summary>
    Exact,

    /// <summary>It is not continued: the client gets an error.</summary>
    None,
}
