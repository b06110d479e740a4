using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Routing;

/// <summary>How a replica is chosen for a request. Section <c>Routing</c>.</summary>
internal sealed class RoutingOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Routing";

    /// <summary>
    /// Whether requests with the same picture, or the same long beginning, prefer the same replica, whose caches know it; when false, load
    /// alone decides.
    /// </summary>
    public bool Affinity { get; set; } = true;

    /// <summary>How many times the average load the preferred replica may have before another one is chosen.</summary>
    [Range(1, 100)]
    public double AffinityLoad { get; set; } = 1.25;
}
