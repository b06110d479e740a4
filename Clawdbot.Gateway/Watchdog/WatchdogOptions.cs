using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Watchdog;

/// <summary>When a gateway that does no work any more ends itself. Section <c>Watchdog</c>.</summary>
internal sealed class WatchdogOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Watchdog";

    /// <summary>Seconds for which the thread pool or the timers may stand still before the process ends itself; 0: never.</summary>
    [Range(0, 600)]
    public int Seconds { get; set; } = 5;
}
