using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// Time limits of one attempt on one replica, for failures that the status stream does not show. Section <c>Forwarding</c>.
/// </summary>
internal sealed class ForwardingOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Forwarding";

    /// <summary>Milliseconds for connecting to a replica and for the proof of the fleet secret.</summary>
    [Range(50, 60_000)]
    public int ConnectMilliseconds { get; set; } = 1000;

    /// <summary>
    /// Milliseconds to the first token of a short text prompt; once enough attempts were seen, the limit follows them, from a third to four
    /// times this value.
    /// </summary>
    [Range(100, 3_600_000)]
    public int FirstTokenMilliseconds { get; set; } = 30_000;

    /// <summary>Milliseconds added to the limit of the first token for each megabyte of prompt, text and pictures together.</summary>
    [Range(0, 600_000)]
    public int FirstTokenPerMegabyteMilliseconds { get; set; } = 5000;

    /// <summary>
    /// Milliseconds to each further token; once enough answers were seen, the limit follows them, from half to twice this value.
    /// </summary>
    [Range(100, 3_600_000)]
    public int NextTokenMilliseconds { get; set; } = 8000;

    /// <summary>
    /// Least limit, in milliseconds, to each further token where more than text is asked for: while an engine writes a tool call, or waits
    /// for a grammar, it may hold back what it generates. The status stream finds an engine that is dead all the same.
    /// </summary>
    [Range(100, 3_600_000)]
    public int HeldBackMilliseconds { get; set; } = 60_000;

    /// <summary>
    /// Longest time without a token, in seconds, during which signs of life explain that none comes: comments that an engine sends, a model
    /// that is loading, counters that move. 0: nothing explains it.
    /// </summary>
    [Range(0, 3600)]
    public int SignOfLifeSeconds { get; set; } = 600;
}
