using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Finds out whether one request kills the replicas that take it. A replica's death counts only when the request had no token, from that
/// replica or another; it counts as proof only when no other request was on that replica. One proven death may be chance, two are not. An
/// engine that hung and lives is weaker evidence, because engines also hang together and by themselves: it takes three. A request that
/// has its first token is no suspect any more, whatever happened before, and needs no replica of its own.
/// </summary>
internal sealed class PoisonSuspicion(ResponseState response, TimeProvider time)
{
    private const int Proven = 6;
    private const int OfDeath = 3;
    private const int OfHang = 2;

    /// <summary>How long to wait for news of the replica's death after its connection broke.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    /// <summary>On a busy machine the news comes later still. A death longer than this after the attempt is not blamed on it.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);

    private int _deaths;
    private int _proven;
    private (ReplicaLive Live, bool WasAlone, long At)? _unheard;

    /// <summary>Whether a replica died under it, perhaps by chance: it should be alone on the next one, if an idle one exists.</summary>
    public bool IsSuspect => _deaths > 0 && response.Tokens == 0;

    /// <summary>Whether several replicas died under it, which is rarely chance: the next one is kept free of others for it.</summary>
    public bool IsGrave => _deaths > 1 && response.Tokens == 0;

    /// <summary>Whether the request is proven to kill engines.</summary>
    public bool IsProven => _proven >= Proven;

    /// <summary>Takes into account an attempt that failed.</summary>
    public async ValueTask ConsiderAsync(Replica replica, AttemptResult result)
    {
        var unheard = _unheard;
        _unheard = null;
        if (response.Tokens > 0 || result.Progress.Tokens > 0)
            return;
        if (unheard is { } last && last.Live.Lost.IsCancellationRequested && time.GetElapsedTime(last.At) < Late)
            Count(last.Live, last.WasAlone);
        if (!MayBeDeath(result))
            return;
        var live = replica.Live;
        if (!live.Lost.IsCancellationRequested)
            await Task.Delay(Grace, time, live.Lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (live.Lost.IsCancellationRequested)
            Count(live, result.WasAlone);
        else
            _unheard = (live, result.WasAlone, time.GetTimestamp());
    }

    /// <summary>
    /// Whether the replica or its engine may have died after the request was sent. Replicas that were never reached, and those that still
    /// answer, do not count.
    /// </summary>
    private static bool MayBeDeath(AttemptResult result) => result.Outcome is AttemptOutcome.ConnectionReset or AttemptOutcome.ReplicaLost
        || (result.Outcome is AttemptOutcome.EngineError or AttemptOutcome.ServerError
            && result.Error?.Code is "engine_cut" or "engine_unreachable");

    private void Count(ReplicaLive live, bool wasAlone)
    {
        // A replica that only fell silent may have been stopped or cut off, which no request causes.
        var weight = live.LostBy switch
        {
            EjectionCause.Exited or EjectionCause.ConnectionLost or EjectionCause.EngineDied => OfDeath,
            EjectionCause.Verdict => OfHang,
            _ => 0,
        };
        _deaths += weight > 0 ? 1 : 0;
        _proven += wasAlone ? weight : 0;
    }
}
