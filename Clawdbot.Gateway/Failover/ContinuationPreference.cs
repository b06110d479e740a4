namespace Clawdbot.Gateway.Failover;

/// <summary>What the client allows after the first byte: header <c>X-Clawdbot-Continue</c>.</summary>
internal enum ContinuationPreference
{
    /// <summary>Go on in the best way there is. The default.</summary>
    Any,

    /// <summary>Go on only if the answer stays identical, else an explicit error.</summary>
    Exact,

    /// <summary>An explicit error.</summary>
    None,
}
