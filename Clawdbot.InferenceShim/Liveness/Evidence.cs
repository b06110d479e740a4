using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>A generation for whose next step the engine is waited for.</summary>
/// <param name="Silent">For how long.</param>
/// <param name="Tokens">Tokens that it has had.</param>
/// <param name="Bytes">Size of the request.</param>
/// <param name="IsCanary">It is the shim's own.</param>
internal readonly record struct WaitingGeneration(TimeSpan Silent, int Tokens, long Bytes, bool IsCanary);

/// <summary>All that a judgement rests on, as durations.</summary>
internal sealed record Evidence
{
    /// <summary>Its address refuses connections.</summary>
    public bool IsRefused { get; init; }

    /// <summary>Since it answered anything at all: numbers, a step of a generation, a bare request for a page.</summary>
    public TimeSpan Unanswered { get; init; }

    /// <summary>Since the last step of any generation, also of such that have ended.</summary>
    public TimeSpan Silent { get; init; }

    /// <summary>Nothing has ever come from it: it may be loading a model at the first request.</summary>
    public bool IsCold { get; init; }

    /// <summary>Who waits for it.</summary>
    public IReadOnlyList<WaitingGeneration> Waiting { get; init; } = [];

    /// <summary>Generations that run as seen from here, those included that wait for their reader.</summary>
    public int InFlight { get; init; }

    /// <summary>
    /// Time since a client left an answer before its end, which the engine may still be working on; <see cref="TimeSpan.MaxValue"/> when
    /// none did.
    /// </summary>
    public TimeSpan Abandoned { get; init; } = TimeSpan.MaxValue;

    /// <summary>The slowest of the last canaries that were answered, to its token; null when there were too few to know.</summary>
    public TimeSpan? CanaryLatency { get; init; }

    /// <summary>Its newest numbers; null where it tells none.</summary>
    public EngineLoad? Load { get; init; }

    /// <summary>How old they are.</summary>
    public TimeSpan LoadAge { get; init; }

    /// <summary>Up to then: for how long no counter has moved.</summary>
    public TimeSpan Still { get; init; }

    /// <summary>Up to then: for how long it has known of no request.</summary>
    public TimeSpan Empty { get; init; }
}

/// <summary>Why an engine is convicted.</summary>
/// <param name="Cause">For metrics: <c>gone</c>, <c>hung</c>, <c>dead_input</c>, <c>frozen</c>, <c>mute</c> or <c>canary</c>.</param>
/// <param name="Words">For people.</param>
internal sealed record Finding(string Cause, string Words);
