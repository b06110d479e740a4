namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>The status of a shim, as one event of its status stream.</summary>
public sealed record ShimStatus
{
    /// <summary>Most characters of <see cref="ServedModel"/> that are believed.</summary>
    public const int LongestServedModel = 256;

    /// <summary>Random id drawn at process start, which differs between a restarted shim and the one before it.</summary>
    public required string Instance { get; init; }

    /// <summary>Operating system process id of the shim.</summary>
    public required int Pid { get; init; }

    /// <summary>Model id that clients ask for; empty as long as the engine has not told it.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// Hash over all that must be equal for an answer to continue elsewhere: model, quantisation, engine build, tokenizer, template. An
    /// answer never continues on a replica of another identity.
    /// </summary>
    public required string Identity { get; init; }

    /// <summary>How the engine can continue an answer that began elsewhere.</summary>
    public required ContinuationKind Continuation { get; init; }

    /// <summary>
    /// Whether the same request with the same seed gives the same answer on every replica of this identity. Then, or when it goes on by
    /// ids, the gateway draws a seed for a request that has none; elsewhere it adds none, because a seed costs some engines their speed.
    /// </summary>
    public required bool Repeatable { get; init; }

    /// <summary>Engine and version, such as <c>vllm 0.32.0</c>.</summary>
    public required string Engine { get; init; }

    /// <summary>Further model ids that it answers to; null for none.</summary>
    public IReadOnlyList<string>? AlsoModels { get; init; }

    /// <summary>
    /// The model's name in requests to the engine, whichever of the names here the client asked for; null where the client's own name is
    /// sent, and from shims that don't know this field.
    /// </summary>
    public string? ServedModel { get; init; }

    /// <summary>Prompt and answer together, tokens; null where the engine does not say.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>Whether the shim takes new requests, or why not.</summary>
    public required ShimVerdict Verdict { get; init; }

    /// <summary>The verdict's reason, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>
    /// With <see cref="ShimVerdict.Sick"/>: true when the engine's process or its GPU is gone, as after a crash; false when it runs and
    /// does not generate.
    /// </summary>
    public bool EngineDied { get; init; }

    /// <summary>Requests being generated now.</summary>
    public required int InFlight { get; init; }

    /// <summary>New requests it takes at once. Continuations of answers begun elsewhere may exceed it.</summary>
    public required int Capacity { get; init; }

    /// <summary>
    /// New requests that the gateway which reads this may have here at once, now; null when it has all of <see cref="Capacity"/> because no
    /// other gateway listens.
    /// </summary>
    public int? Places { get; init; }

    /// <summary>
    /// The number that <see cref="Places"/> grows to when the gateway wants everything and others have finished what they have beyond
    /// their shares: by this it estimates how long requests wait. Null like it.
    /// </summary>
    public int? Share { get; init; }

    /// <summary>
    /// Gateways that listen, and those gone whose tenants' use of the last two minutes still counts; null when there is only the one that
    /// reads this.
    /// </summary>
    public int? Gateways { get; init; }

    /// <summary>Generations accepted since start.</summary>
    public required long Started { get; init; }

    /// <summary>Generations of <see cref="Started"/> that continued an answer begun elsewhere.</summary>
    public required long Continued { get; init; }

    /// <summary>Tokens generated since start; given ones are not counted.</summary>
    public required long TokensGenerated { get; init; }

    /// <summary>
    /// Generations that the engine has begun to answer since the start, the shim's own test requests included; null from shims that don't
    /// know this field. One more shows that it takes requests, whatever it said before to one of them.
    /// </summary>
    public long? Answered { get; init; }

    /// <summary>Requests that wait inside the engine, whoever sent them.</summary>
    public int Waiting { get; init; }

    /// <summary>Share of the engine's KV cache in use, 0 to 1; null where it does not say.</summary>
    public double? CacheUse { get; init; }

    /// <summary>Share of prompt tokens that were in the engine's cache, 0 to 1; null where it does not say.</summary>
    public double? CacheHitRate { get; init; }

    /// <summary>
    /// Why its engine should be drained and started again (its memory grows without end), in words; null when it should not. It is done
    /// once every gateway that listens agrees, and each agrees to one replica at a time.
    /// </summary>
    public string? WantsRecycle { get; init; }

    /// <summary>The engine's GPUs; null where there is none, or none that the shim may look at.</summary>
    public IReadOnlyList<GpuStatus>? Gpus { get; init; }

    /// <summary>
    /// Whether the engine's own counters were seen to move just now; null where it has none. When they move and requests wait in the
    /// engine, an answer without tokens waits too and is not lost.
    /// </summary>
    public bool? Works { get; init; }

    /// <summary>
    /// Whether the engine may be loading its model for the requests that wait: it answers at its address, and nothing has come of a request
    /// since it started, or it says that the model is not loaded. Null for no. Then no first token is late.
    /// </summary>
    public bool? Loading { get; init; }

    /// <summary>
    /// Whether the engine's own counters moved just now although no answer has had a token since: it holds back what it generates, as for
    /// a tool call. Null for no. Then no further token is late.
    /// </summary>
    public bool? HoldsBack { get; init; }

    /// <summary>
    /// Hashes (<see cref="PictureHashes"/>) of pictures that failed on this engine since it started, each kept for some minutes; null for
    /// none.
    /// </summary>
    public IReadOnlyList<string>? Avoid { get; init; }

    /// <summary>What is known of what not every engine can do; null where the shim does not tell.</summary>
    public IReadOnlyList<CapabilityReport>? Capabilities { get; init; }

    /// <summary>Requests that gateways said no engine survives; null for none. They are refused by whoever reads this.</summary>
    public IReadOnlyList<QuarantinedRequest>? Quarantined { get; init; }
}
