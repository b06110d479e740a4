using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>A generation for whose next step the engine is waited for.</summary>
/// <param name="Silent">How long it has been waited for.</param>
/// <param name="Tokens">Tokens that it has had.</param>
/// <param name="Bytes">Size of the request.</param>
/// <param name="IsCanary">Whether it is the shim's own.</param>
internal readonly record struct WaitingGeneration(TimeSpan Silent, int Tokens, long Bytes, bool IsCanary)
{
    /// <summary>Time since the last comment behind its last step; null when none came.</summary>
    public TimeSpan? Heard { get; init; }
}

/// <summary>All that the judge decides by; times are durations, not dates.</summary>
internal sealed record Evidence
{
    /// <summary>Age up to which an answer of any kind shows that the engine is there.</summary>
    private static readonly TimeSpan HeardLately = TimeSpan.FromSeconds(5);

    /// <summary>Age up to which a change of the counters is recent.</summary>
    private static readonly TimeSpan JustNow = TimeSpan.FromSeconds(3);

    /// <summary>Most time between two times at which it is asked whether it is there, and the answer.</summary>
    private static readonly TimeSpan AskedEvery = TimeSpan.FromSeconds(2);

    /// <summary>Most time by which counters move after the tokens that they count.</summary>
    private static readonly TimeSpan CountsLater = TimeSpan.FromSeconds(1.5);

    /// <summary>Whether its address refuses connections.</summary>
    public bool IsRefused { get; init; }

    /// <summary>Time since it answered anything at all: numbers, a step of a generation, a bare request for a page.</summary>
    public TimeSpan Unanswered { get; init; }

    /// <summary>Time since the last step of any generation, also of one that has ended.</summary>
    public TimeSpan Silent { get; init; }

    /// <summary>Whether nothing has come from it since its start: it may be loading a model at the first request.</summary>
    public bool IsCold { get; init; }

    /// <summary>The generations that wait for it.</summary>
    public IReadOnlyList<WaitingGeneration> Waiting { get; init; } = [];

    /// <summary>
    /// Time since the first request that was sent to it since its last step, be it one that was given up meanwhile; null when there is
    /// none.
    /// </summary>
    public TimeSpan? Asked { get; init; }

    /// <summary>Generations that run, those included that wait for their reader.</summary>
    public int InFlight { get; init; }

    /// <summary>
    /// Time since a client left an answer before its end, which the engine may still be working on; <see cref="TimeSpan.MaxValue"/> when
    /// none did.
    /// </summary>
    public TimeSpan Abandoned { get; init; } = TimeSpan.MaxValue;

    /// <summary>Longest time that the last canaries took to their token; null when there were too few to know.</summary>
    public TimeSpan? CanaryLatency { get; init; }

    /// <summary>Its newest numbers; null where it tells none.</summary>
    public EngineLoad? Load { get; init; }

    /// <summary>Age of these numbers.</summary>
    public TimeSpan LoadAge { get; init; }

    /// <summary>For how long no counter had moved when they were read.</summary>
    public TimeSpan Still { get; init; }

    /// <summary>For how long it had known of no request when they were read.</summary>
    public TimeSpan Empty { get; init; }

    /// <summary>See <see cref="ServiceDefaults.Wire.ShimStatus.Loading"/>.</summary>
    public bool IsLoading => IsCold && Waiting.Any(w => w.Tokens == 0) && (Unanswered < HeardLately || FellSilentOverRequest);

    /// <summary>
    /// Whether it tells no numbers, nothing has come from it since its start, and it has answered until a request was sent. A server that
    /// does one thing after another answers nothing else while it loads its model for the first request, also if that was given up.
    /// </summary>
    public bool FellSilentOverRequest =>
        IsCold && Load is null && Unanswered < Asked + AskedEvery;

    /// <summary>See <see cref="ServiceDefaults.Wire.ShimStatus.HoldsBack"/>.</summary>
    public bool HoldsBack => Load is { Known: > 0 } && LoadAge < JustNow && Still < JustNow && Waiting.Count > 0
        && Silent > LoadAge + Still + CountsLater;
}

/// <summary>Why an engine is convicted.</summary>
/// <param name="Cause">
/// For metrics: <c>gone</c>, <c>hung</c>, <c>dead_input</c>, <c>frozen</c>, <c>mute</c>, <c>canary</c> or <c>gpu</c>.
/// </param>
/// <param name="Words">The reason in words.</param>
internal sealed record Finding(string Cause, string Words);
