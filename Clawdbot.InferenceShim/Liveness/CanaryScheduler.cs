using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>
/// Sends canaries: to an idle engine, so that a fault is found before a client meets it, and to a convicted one, so that it comes back when
/// it generates again. A client that comes ends a canary. Whether an engine hangs on one is for the liveness monitor to judge.
/// </summary>
internal sealed partial class CanaryScheduler(
    CanarySender canary, LivenessMonitor liveness, Generations generations, IOptions<LivenessOptions> options, TimeProvider time,
    ILogger<CanaryScheduler> log) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TrialPause = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _interval = TimeSpan.FromSeconds(options.Value.CanaryIntervalSeconds);
    private volatile bool _isHurried;
    private bool _isRefusalTold;

    /// <summary>Longest time for a canary to an idle engine; an engine that hangs on it is convicted long before.</summary>
    private TimeSpan Longest => TimeSpan.FromSeconds(6 * options.Value.MuteSeconds);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!liveness.IsOn)
            return;
        generations.Failed += Hurry;
        generations.Rejected += Hurry;
        generations.TurnedAway += Hurry;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (liveness.IsConvicted && time.GetElapsedTime(canary.EndedAt) >= TrialPause)
                await TrialAsync(stoppingToken);
            else if (IsDue())
                await PatrolAsync(stoppingToken);
            await Task.Delay(Tick, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        generations.Failed -= Hurry;
        generations.Rejected -= Hurry;
        generations.TurnedAway -= Hurry;
    }

    /// <summary>Sends a canary at once after a client's request has failed or was turned away, to learn whether others would be.</summary>
    private void Hurry(GenerationInFlight generation, EngineFailureException fault) => Hurry(generation);

    private void Hurry(GenerationInFlight generation) => _isHurried |= !generation.IsCanary;

    private bool IsDue()
    {
        if (options.Value.Canary == CanaryKind.Off || !liveness.IsServing || generations.ServesClients)
            return false;
        var quiet = time.GetElapsedTime(Math.Max(canary.EndedAt, generations.LastStepAt));
        return (_isHurried || quiet >= _interval) && liveness.IsIdle(_interval);
    }

    /// <summary>Tries an idle engine that nothing is held against.</summary>
    private async Task PatrolAsync(CancellationToken stop)
    {
        _isHurried = false;
        var starts = liveness.Starts;
        var result = await canary.SendAsync(Longest, stop);
        if (result.Name == "failed")
            result = await canary.SendAsync(Longest, stop); // one failure may be chance
        if (result.Name == "failed" && liveness.Starts == starts)
            liveness.Convict(new Finding("canary", $"fails a generation of one token, twice in a row, {result.Words}"));
        if (result.Name == "refused" && !_isRefusalTold)
        {
            _isRefusalTold = true;
            Refused(log, result.Words!);
        }
    }

    /// <summary>Tries whether a convicted engine generates again.</summary>
    private async Task TrialAsync(CancellationToken stop)
    {
        var limit = TimeSpan.FromSeconds(liveness.HasNumbers ? options.Value.CanarySeconds : options.Value.MuteSeconds);
        if ((await canary.SendAsync(limit, stop)).Name == "alive")
            liveness.Acquit("a canary was answered");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The engine refuses canaries, so idle it is not proven: {Words}")]
    private static partial void Refused(ILogger logger, string words);
}
