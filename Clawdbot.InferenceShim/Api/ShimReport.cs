using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Supervision;
using Clawdbot.InferenceShim.Telemetry;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Composes the status that the shim reports of itself and of its engine.</summary>
internal sealed class ShimReport(
    EngineStatusServices engine, ConcurrencyGate gate, Recycler recycler, Quarantine quarantine, ShimMetrics metrics, ShimInstance instance)
{
    /// <summary>One of them completes at the next change that gateways must know at once. Take them before <see cref="Now"/>.</summary>
    public IReadOnlyList<Task> Changes => [gate.Changed, engine.Watch.Changed, quarantine.Changed];

    /// <summary>The status as it is now.</summary>
    public ShimStatus Now()
    {
        var (verdict, reason) = gate.Verdict;
        var (description, capabilities, last) = (engine.Engine.Description, engine.Engine.Capabilities, engine.Load.Last);
        var evidence = engine.Liveness.Seen;
        return new ShimStatus
        {
            Instance = instance.Id,
            Pid = Environment.ProcessId,
            Model = description.Model,
            AlsoModels = description.AlsoModels is { Count: > 0 } also ? also : null,
            ServedModel = description.ServedModel,
            Identity = description.Identity,
            Engine = description.Name,
            ContextTokens = description.ContextTokens,
            Continuation = capabilities.Continuation,
            Repeatable = capabilities.Repeatable,
            Verdict = verdict,
            Reason = reason,
            EngineDied = verdict == ShimVerdict.Sick && engine.Watch.IsDead,
            InFlight = gate.InFlight,
            Capacity = gate.Capacity,
            Started = metrics.Started,
            Continued = metrics.Continued,
            TokensGenerated = metrics.TokensGenerated,
            Answered = engine.Liveness.Answered,
            Waiting = last?.Waiting ?? 0,
            CacheUse = last?.CacheUse,
            CacheHitRate = last?.CacheHitRate,
            Works = engine.Liveness.Works,
            Loading = evidence is { IsLoading: true } ? true : null,
            HoldsBack = evidence is { HoldsBack: true } ? true : null,
            Avoid = engine.Pictures.Hashes,
            Capabilities = engine.Capabilities.Report(),
            Quarantined = quarantine.Entries,
            WantsRecycle = recycler.RecycleReason,
            Gpus = engine.Gpus.Last is { Count: > 0 } seen ? seen : null,
        };
    }
}

/// <summary>Identifies this run of the shim.</summary>
/// <param name="Id">Random, drawn at start: tells this process from the one before it at the same address.</param>
internal sealed record ShimInstance(string Id);
