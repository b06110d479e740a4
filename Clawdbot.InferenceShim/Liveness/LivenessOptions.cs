using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>What the canary asks for.</summary>
internal enum CanaryKind
{
    /// <summary>A picture of an engine that takes pictures, else text.</summary>
    Auto,

    /// <summary>None while it serves. A convicted engine is tried all the same: else it could never come back.</summary>
    Off,

    /// <summary>A line of text.</summary>
    Text,

    /// <summary>A picture that was never seen before, and then the same one again.</summary>
    Picture,
}

/// <summary>When an engine is believed. Section <c>Liveness</c>. The embedded engine can't lie and is not watched.</summary>
internal sealed class LivenessOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Liveness";

    /// <summary>What the canary asks for.</summary>
    public CanaryKind Canary { get; set; }

    /// <summary>How long an engine is idle before a canary is sent, and again after each, seconds.</summary>
    [Range(0.05, 3600)]
    public double CanaryIntervalSeconds { get; set; } = 4;

    /// <summary>Silence towards a canary, seconds, while the engine's own numbers show nobody else's load.</summary>
    [Range(0.05, 3600)]
    public double CanarySeconds { get; set; } = 4;

    /// <summary>
    /// How long requests wait here while the engine's own numbers say that nothing runs and nothing waits, seconds. Longer than a batch takes: vLLM
    /// tells what it runs when a step has ended, SGLang when one begins, as of before.
    /// </summary>
    [Range(0.05, 3600)]
    public double DeadInputSeconds { get; set; } = 8;

    /// <summary>How long no token comes and no counter of the engine moves while requests run by its own count, seconds.</summary>
    [Range(0.05, 3600)]
    public double FrozenSeconds { get; set; } = 8;

    /// <summary>How long nothing answers at all, seconds.</summary>
    [Range(0.05, 3600)]
    public double HungSeconds { get; set; } = 7;

    /// <summary>
    /// Added to each of these for each megabyte of the requests that have no token yet: engines decode pictures before they count a request, one
    /// request after the other, and some answer nothing meanwhile.
    /// </summary>
    [Range(0, 600)]
    public double PerMegabyteSeconds { get; set; } = 1;

    /// <summary>Instead of <see cref="FrozenSeconds"/> for an engine that never generated since it started: it may compile its kernels.</summary>
    [Range(0.05, 3600)]
    public double WarmUpSeconds { get; set; } = 60;

    /// <summary>
    /// How long nothing comes from an engine whose numbers don't say what it does meanwhile (it tells none, or none of prefill, or has requests
    /// queued and runs none), seconds.
    /// </summary>
    [Range(0.05, 3600)]
    public double MuteSeconds { get; set; } = 120;

    /// <summary>
    /// Nobody but this shim sends requests to the engine: then its silence towards a canary is nobody else's load. Null: where the shim started it.
    /// Counts only for engines that tell no numbers.
    /// </summary>
    public bool? Alone { get; set; }

    /// <summary>How long a picture that failed is kept from this engine, seconds; its restart ends it too.</summary>
    [Range(0.05, 86_400)]
    public double AvoidSeconds { get; set; } = 600;
}
