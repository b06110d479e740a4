using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Routing;

/// <summary>How a replica is chosen. Section <c>Routing</c>.</summary>
internal sealed class RoutingOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Routing";

    /// <summary>Requests with the same picture, or the same long beginning, prefer the same replica: its caches know it. Off: least load alone decides.</summary>
    public bool Affinity { get; set; } = true;

    /// <summary>How many times as loaded as the average the preferred replica may be.</summary>
    [Range(1, 100)]
    public double AffinityLoad { get; set; } = 1.25;
}
