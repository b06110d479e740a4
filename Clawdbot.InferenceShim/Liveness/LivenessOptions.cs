using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>What a canary asks for.</summary>
internal enum CanaryKind
{
    /// <summary>A picture where the engine takes pictures, else text.</summary>
    Auto,

    /// <summary>
    /// No canary while the engine serves; an engine that was found sick still gets one, because else it could never come back.
    /// </summary>
    Off,

    /// <summary>A line of text.</summary>
    Text,

    /// <summary>A picture that was never seen before, and then the same one again.</summary>
    Picture,
}

/// <summary>When the engine is taken for sick; the embedded engine is not watched. Section <c>Liveness</c>.</summary>
internal sealed class LivenessOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Liveness";

    /// <summary>What a canary asks for, the test request of one token that the shim sends to an idle engine.</summary>
    public CanaryKind Canary { get; set; }

    /// <summary>Seconds the engine is idle before a canary is sent, and again after each canary.</summary>
    [Range(0.05, 3600)]
    public double CanaryIntervalSeconds { get; set; } = 4;

    /// <summary>
    /// Seconds a canary may be without an answer, while the engine's own numbers show no other load, before the engine is sick.
    /// </summary>
    [Range(0.05, 3600)]
    public double CanarySeconds { get; set; } = 4;

    /// <summary>
    /// Seconds requests may wait while the engine's own numbers say that nothing runs and nothing waits, before the engine is sick; longer
    /// than a batch takes.
    /// </summary>
    /// <remarks>vLLM tells what it runs when a step has ended, SGLang when one begins, as of before.</remarks>
    [Range(0.05, 3600)]
    public double DeadInputSeconds { get; set; } = 8;

    /// <summary>
    /// Seconds without a token and without a change of the engine's counters, while requests run by its own count, before the engine is
    /// sick.
    /// </summary>
    [Range(0.05, 3600)]
    public double FrozenSeconds { get; set; } = 8;

    /// <summary>Seconds without any answer from the engine before it is sick.</summary>
    [Range(0.05, 3600)]
    public double HungSeconds { get; set; } = 7;

    /// <summary>Seconds added to each of these limits for each megabyte of the requests that have no token yet.</summary>
    /// <remarks>
    /// Engines decode pictures before they count a request, one request after the other, and some answer nothing meanwhile.
    /// </remarks>
    [Range(0, 600)]
    public double PerMegabyteSeconds { get; set; } = 1;

    /// <summary>
    /// Seconds in place of <see cref="FrozenSeconds"/> until the engine generates for the first time since its start, because it may
    /// compile its kernels.
    /// </summary>
    [Range(0.05, 3600)]
    public double WarmUpSeconds { get; set; } = 60;

    /// <summary>Seconds without anything from an engine whose numbers do not show what it does, before it is sick.</summary>
    /// <remarks>Such an engine tells no numbers, or none of prefill, or has requests queued and runs none.</remarks>
    [Range(0.05, 3600)]
    public double MuteSeconds { get; set; } = 120;

    /// <summary>
    /// Whether only this shim sends requests to the engine, so that no other load can explain a silent canary; when not set, true where the
    /// shim starts the engine. It counts only for engines that tell no numbers.
    /// </summary>
    public bool? Alone { get; set; }

    /// <summary>Seconds for which a picture that failed is kept from this engine; a restart of the engine ends it too.</summary>
    [Range(0.05, 86_400)]
    public double AvoidSeconds { get; set; } = 600;
}
