using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Health;

/// <summary>When a replica is taken for dead, suspect, slow or healthy. Section <c>Health</c>.</summary>
internal sealed class HealthOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Health";

    /// <summary>
    /// Milliseconds a status stream may be silent before its replica is ejected as hung; shims send a status every 250 ms.
    /// </summary>
    [Range(500, 60_000)]
    public int SilenceMilliseconds { get; set; } = 1000;

    /// <summary>Milliseconds between two tries to reach a replica that does not answer.</summary>
    [Range(10, 60_000)]
    public int LookMilliseconds { get; set; } = 200;

    /// <summary>
    /// Number of soft failures in a row (cut, stalled or malformed answers, 5xx) after which a replica is ejected for a while.
    /// </summary>
    [Range(1, 100)]
    public int StrikesOut { get; set; } = 3;

    /// <summary>
    /// Number of good statuses or successful attempts in a row after which a replica that is suspect or on trial is healthy again.
    /// </summary>
    [Range(1, 100)]
    public int SuccessesIn { get; set; } = 2;

    /// <summary>
    /// Milliseconds an ejection for soft failures lasts; it doubles each time up to 16 times this value, and starts over once the replica
    /// is healthy.
    /// </summary>
    [Range(100, 600_000)]
    public int SoftEjectionMilliseconds { get; set; } = 5000;

    /// <summary>Milliseconds without a further failure after which a suspect replica is healthy again.</summary>
    [Range(100, 600_000)]
    public int SuspicionMilliseconds { get; set; } = 3000;

    /// <summary>
    /// Seconds over which a replica that came or came back rises to its full share of the requests, so that a cold engine is not swamped; 0
    /// gives the full share at once.
    /// </summary>
    [Range(0, 600)]
    public int SlowStartSeconds { get; set; } = 10;

    /// <summary>
    /// How many times as slow as the other replicas a replica's first tokens, or the gaps between its tokens, may be before it is taken for
    /// slow; at least 1.5, or 0 for no limit.
    /// </summary>
    [Range(0, 100)]
    public double SlowFactor { get; set; } = 3;

    /// <summary>Milliseconds for which a replica is slow, and gets fewer requests, before it is ejected.</summary>
    [Range(0, 600_000)]
    public int SlowMilliseconds { get; set; } = 10_000;
}
