using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Admission;

/// <summary>How many requests may wait, how long, and what is kept free for whom. Section <c>Admission</c>.</summary>
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

    /// <summary>
    /// Share of the places, percent, that is kept free from whoever has more than its part while others have been there lately, and from
    /// lower priorities while higher ones have: who comes then finds a place at once instead of waiting for an answer to end.
    /// </summary>
    [Range(0, 50)]
    public int ReservePercent { get; set; } = 10;

    /// <summary>How long it is kept after the others' last request, seconds. Nobody there for so long: all places are anybody's.</summary>
    [Range(0, 3600)]
    public int ReserveSeconds { get; set; } = 60;
}
