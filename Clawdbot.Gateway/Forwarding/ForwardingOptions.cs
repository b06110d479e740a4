using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>The clocks of one attempt: the backstop behind the status stream. Section <c>Forwarding</c>.</summary>
internal sealed class ForwardingOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Forwarding";

    /// <summary>Connect and proof, milliseconds.</summary>
    [Range(50, 60_000)]
    public int ConnectMilliseconds { get; set; } = 1000;

    /// <summary>First token of a short text prompt, milliseconds.</summary>
    [Range(100, 3_600_000)]
    public int FirstTokenMilliseconds { get; set; } = 30_000;

    /// <summary>Added for each megabyte of prompt, text and pictures together, milliseconds.</summary>
    [Range(0, 600_000)]
    public int FirstTokenPerMegabyteMilliseconds { get; set; } = 5000;

    /// <summary>Next token, milliseconds.</summary>
    [Range(100, 3_600_000)]
    public int NextTokenMilliseconds { get; set; } = 8000;
}
