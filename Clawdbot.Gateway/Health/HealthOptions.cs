using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Health;

/// <summary>When a replica is believed. Section <c>Health</c>.</summary>
internal sealed class HealthOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Health";

    /// <summary>Silence on a standing status stream after which a replica is hung, milliseconds. Shims speak every 250 ms.</summary>
    [Range(500, 60_000)]
    public int SilenceMilliseconds { get; set; } = 1000;

    /// <summary>How often a replica that does not answer is tried again, milliseconds.</summary>
    [Range(10, 60_000)]
    public int LookMilliseconds { get; set; } = 200;

    /// <summary>Limit of a connect and the proof on it, milliseconds.</summary>
    [Range(50, 60_000)]
    public int ConnectMilliseconds { get; set; } = 1000;

    /// <summary>Soft failures in a row that eject.</summary>
    [Range(1, 100)]
    public int StrikesOut { get; set; } = 3;

    /// <summary>Good looks or successes in a row that clear a replica.</summary>
    [Range(1, 100)]
    public int SuccessesIn { get; set; } = 2;

    /// <summary>How long a soft ejection lasts, milliseconds; doubles each time up to 16 times, starts anew after a return to Healthy.</summary>
    [Range(100, 600_000)]
    public int SoftEjectionMilliseconds { get; set; } = 5000;

    /// <summary>A suspect against which nothing more comes for this long is healthy again, milliseconds.</summary>
    [Range(100, 600_000)]
    public int SuspicionMilliseconds { get; set; } = 3000;

    /// <summary>
    /// How long a replica that came or came back is given less than its share, rising, seconds: a cold engine is not swamped. 0 for a full
    /// share at once.
    /// </summary>
    [Range(0, 600)]
    public int SlowStartSeconds { get; set; } = 10;

    /// <summary>How many times as long as the others' a replica's first tokens, or its times between tokens, may take; 0: nobody is too slow.</summary>
    [Range(0, 100)]
    public double SlowFactor { get; set; } = 3;

    /// <summary>How long a replica is seen to be too slow, and has less weight for it, before it is ejected, milliseconds.</summary>
    [Range(0, 600_000)]
    public int SlowMilliseconds { get; set; } = 10_000;
}
