using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Admission;

/// <summary>How many requests may wait for a place, for how long, and which places are kept free. Section <c>Admission</c>.</summary>
internal sealed class AdmissionOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Admission";

    /// <summary>
    /// Largest number of requests that wait for a place; when it is reached, one request is refused with 429 for each new one.
    /// </summary>
    [Range(0, 100_000)]
    public int QueueLimit { get; set; } = 256;

    /// <summary>Seconds a request may wait for a place; a request that would wait longer is refused at once with 429.</summary>
    [Range(0, 3600)]
    public int QueueSeconds { get; set; } = 30;

    /// <summary>
    /// Seconds a request may wait while no replica serves at all, before it is refused with 503; enough for the restart of a replica.
    /// </summary>
    [Range(0, 3600)]
    public int NoReplicaSeconds { get; set; } = 5;

    /// <summary>
    /// Percent of the places kept free from tenants that hold their part while others were active lately, and from lower priorities while
    /// higher ones were; 0 keeps none free.
    /// </summary>
    [Range(0, 50)]
    public int ReservePercent { get; set; } = 10;

    /// <summary>Seconds after the last request of those others for which these places are kept free; 0 keeps none free.</summary>
    [Range(0, 3600)]
    public int ReserveSeconds { get; set; } = 60;
}
