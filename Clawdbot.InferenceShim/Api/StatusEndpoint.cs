using Clawdbot.InferenceShim.Drain;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Gpu;
using Clawdbot.InferenceShim.Liveness;
using Clawdbot.InferenceShim.Supervision;
using Clawdbot.InferenceShim.Telemetry;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Pushes the shim's status to a gateway: at each change, and often enough that silence means hung.</summary>
internal sealed class StatusEndpoint(
    IEngine engine, LoadReading load, EngineWatch watch, LivenessMonitor liveness, FailedPictures pictures, GpuReading gpus, ConcurrencyGate gate, Recycler recycler,
    GatewayConsents consents, Quarantine quarantine, ShimMetrics metrics,
    ShimInstance instance, DrainOnStop drain, TimeProvider time)
{
    /// <summary>Changes closer together than this travel as one event.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(10);

    public async Task HandleAsync(HttpContext context)
    {
        // Kept open while the process drains; the gateway watches the end of the drain on it.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Drained);
        using var listening = consents.Listening(context.Request.Headers[FleetHeaders.Gateway]);
        using var events = new EventStream(context.Response);
        try
        {
            while (true)
            {
                var (changed, judged, quarantined) = (gate.Changed, watch.Changed, quarantine.Changed);
                events.Write("status", Now(), WireJson.Default.ShimStatus);
                if (!await events.FlushAsync())
                    return;
                await Task.Delay(Gap, time, end.Token);
                await Task.WhenAny(changed, judged, quarantined, Task.Delay(FleetRoutes.StatusInterval - Gap, time, end.Token));
                end.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway left, or the drain is over.
        }
    }

    private ShimStatus Now()
    {
        var (verdict, reason) = gate.Verdict;
        var (description, last) = (engine.Description, load.Last);
        return new ShimStatus
        {
            Instance = instance.Id,
            Pid = Environment.ProcessId,
            Model = description.Model,
            AlsoModels = description.AlsoModels is { Count: > 0 } also ? also : null,
            Identity = description.Identity,
            Engine = description.Name,
            ContextTokens = description.ContextTokens,
            Continuation = engine.Capabilities.Continuation,
            Repeatable = engine.Capabilities.Repeatable,
            Verdict = verdict,
            Reason = reason,
            EngineDied = verdict == ShimVerdict.Sick && watch.IsDead,
            InFlight = gate.InFlight,
            Capacity = gate.Capacity,
            Started = metrics.Started,
            Continued = metrics.Continued,
            TokensGenerated = metrics.TokensGenerated,
            Waiting = last?.Waiting ?? 0,
            CacheUse = last?.CacheUse,
            CacheHitRate = last?.CacheHitRate,
            Works = liveness.Works,
            Avoid = pictures.Hashes,
            Quarantined = quarantine.Entries,
            WantsRecycle = recycler.RecycleReason,
            Gpus = gpus.Last is { Count: > 0 } seen ? seen : null,
        };
    }
}

/// <param name="Id">Random, drawn at start: tells this process from the one before it at the same address.</param>
internal sealed record ShimInstance(string Id);
