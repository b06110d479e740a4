namespace Clawdbot.Gateway.Shims;

/// <summary>How a shim answered a short question.</summary>
/// <param name="Status">HTTP status of its answer; null when none came.</param>
/// <param name="Fault">Why none came, in words; empty when one did.</param>
internal readonly record struct ShimReply(int? Status, string Fault = "")
{
    /// <summary>It took it.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;
}
