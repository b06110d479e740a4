using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Admission;

/// <summary>How many requests may wait, and how long. Section <c>Admission</c>.</summary>
internal sealed class AdmissionOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Admission";

    /// <summary>Requests that wait for a place at most.</summary>
    [Range(0, 100_000)]
    public int QueueLimit { get; set; } = 256;

    /// <summary>Longest wait for a place, seconds.</summary>
    [Range(0, 3600)]
    public int QueueSeconds { get; set; } = 30;

    /// <summary>Longest wait while no replica serves at all, seconds: long enough for a restart.</summary>
    [Range(0, 3600)]
    public int NoReplicaSeconds { get; set; } = 5;
}
