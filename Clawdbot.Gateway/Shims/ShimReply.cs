namespace Clawdbot.Gateway.Shims;

/// <summary>The reply of a shim to a short request.</summary>
/// <param name="Status">HTTP status; null when no reply came.</param>
/// <param name="Fault">Why no reply came; empty when one did.</param>
internal readonly record struct ShimReply(int? Status, string Fault = "")
{
    /// <summary>Whether the shim accepted the request.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;
}
