using System.Globalization;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Watches the memory of an engine that the shim started. Where it grows without end it is drained and started again before the kernel ends
/// it, once every gateway agrees: each agrees to one replica at a time.
/// </summary>
internal sealed partial class Recycler(
    EngineParent parent, GatewayConsents consents, RecycleDrain drain, IOptions<ParentOptions> options, TimeProvider time,
    ILogger<Recycler> log) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan _look = TimeSpan.FromSeconds(options.Value.RecycleWindowSeconds / 100.0);
    private readonly MemoryTrend _trend = new(TimeSpan.FromSeconds(options.Value.RecycleWindowSeconds));
    private string? _recycleReason;
    private int? _engine;

    /// <summary>Why the engine should be started again, for the gateways to agree to; null when it should not.</summary>
    public string? RecycleReason => Volatile.Read(ref _recycleReason);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.RecycleGibPerHour == 0)
            return;
        var (began, looked) = (time.GetTimestamp(), (long?)null);
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (looked is null || time.GetElapsedTime(looked.Value) >= _look)
            {
                looked = time.GetTimestamp();
                Look(time.GetElapsedTime(began));
            }
            if (RecycleReason is { } why && consents.IsUnanimous && drain.IsReady)
                await RecycleAsync(why, stoppingToken);
        }
    }

    private void Look(TimeSpan at)
    {
        var (engine, bytes) = (parent.EngineId, parent.Processes.Sum(p => p.ResidentBytes));
        if (engine is null || bytes == 0 || engine != _engine)
        {
            _engine = engine;
            _trend.Clear(); // another engine: the memory that it takes to come up is no leak
            Volatile.Write(ref _recycleReason, null);
            return;
        }
        _trend.Add(at, bytes);
        var gib = bytes / (double)(1 << 30);
        var reason = gib >= options.Value.RecycleAboveGib && _trend.GibPerHour() is { } slope && slope >= options.Value.RecycleGibPerHour
            ? string.Create(CultureInfo.InvariantCulture,
                $"the engine holds {gib:0.00} GiB of memory and grows by {slope:0.00} GiB an hour")
            : null;
        if (reason is not null && RecycleReason is null)
            RecycleWanted(log, reason);
        Volatile.Write(ref _recycleReason, reason);
    }

    private async Task RecycleAsync(string why, CancellationToken cancellation)
    {
        var reason = $"recycling: {why}";
        Begun(log, reason);
        await drain.BeginAsync(reason, cancellation);
        Volatile.Write(ref _recycleReason, null);
        parent.Recycle(reason);
        drain.End(reason);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The engine should be started again once every gateway agrees: {Why}")]
    private static partial void RecycleWanted(ILogger logger, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Every gateway agrees; {Reason}")]
    private static partial void Begun(ILogger logger, string reason);
}
