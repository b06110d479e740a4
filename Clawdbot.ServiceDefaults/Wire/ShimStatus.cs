namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>What a shim says of itself, as one event of its status stream.</summary>
public sealed record ShimStatus
{
    /// <summary>Random, drawn at process start: tells a restarted shim from the one before it.</summary>
    public required string Instance { get; init; }

    /// <summary>Operating system process id of the shim.</summary>
    public required int Pid { get; init; }

    /// <summary>Model id that clients ask for.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// Hash over all that must be alike for an answer to go on elsewhere: model, quantisation, engine build, tokenizer,
    /// template. An answer never continues across two identities.
    /// </summary>
    public required string Identity { get; init; }

    /// <summary>Whether the engine can go on exactly from token ids.</summary>
    public required bool ExactContinuation { get; init; }

    /// <summary>Verdict: whether new requests are welcome.</summary>
    public required ShimVerdict Verdict { get; init; }

    /// <summary>The verdict's reason, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>Requests being generated now.</summary>
    public required int InFlight { get; init; }

    /// <summary>New requests it takes at once. Continuations of answers begun elsewhere may exceed it.</summary>
    public required int Capacity { get; init; }

    /// <summary>Generations accepted since start.</summary>
    public required long Started { get; init; }

    /// <summary>Of <see cref="Started"/>, those that went on from given token ids.</summary>
    public required long Continued { get; init; }

    /// <summary>Tokens generated since start; given ones are not counted.</summary>
    public required long TokensGenerated { get; init; }
}

/// <summary>A shim's own judgement.</summary>
public enum ShimVerdict
{
    /// <summary>The engine is not ready yet.</summary>
    Starting,

    /// <summary>Serves. A full replica is ready too: saturated is not sick.</summary>
    Ready,

    /// <summary>Finishes what runs, takes nothing new.</summary>
    Draining,

    /// <summary>The engine does not generate.</summary>
    Sick,
}
