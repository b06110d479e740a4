using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Whether one request kills what takes it. A death counts only when it had no token, there or elsewhere; it is proven only when nobody else was there who could
/// have done it. One proven death may be chance, two are not. An engine that hung and lives is weaker evidence, for engines hang together and of
/// themselves: it takes three. With a first token it is nobody's suspect any more, whatever happened before: an answer that runs waits for no replica of its own.
/// </summary>
internal sealed class PoisonSuspicion(ResponseState response, TimeProvider time)
{
    private const int Proven = 6;
    private const int OfDeath = 3;
    private const int OfHang = 2;

    /// <summary>An attempt may see its connection break before the gateway hears that the process is gone.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    /// <summary>On a busy machine it hears of it later still. Longer after the attempt than this, it was something else's doing.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);

    private int _deaths;
    private int _proven;
    private (ReplicaLive Live, bool WasAlone, long At)? _unheard;

    /// <summary>A replica died under it, be it by chance: best it is alone on the next one, where there is one that has nothing to do.</summary>
    public bool IsSuspect => _deaths > 0 && response.Tokens == 0;

    /// <summary>So often by chance is rare: it must be alone on the next one, and that one is kept free for it.</summary>
    public bool IsGrave => _deaths > 1 && response.Tokens == 0;

    /// <summary>Whether the request is proven to kill engines.</summary>
    public bool IsProven => _proven >= Proven;

    /// <summary>An attempt failed.</summary>
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

    /// <summary>It had been sent, and then there was nobody any more: neither of those that were not reached, nor of those that still stand.</summary>
    private static bool MayBeDeath(AttemptResult result) => result.Outcome is AttemptOutcome.ConnectionReset or AttemptOutcome.ReplicaLost
        || (result.Outcome is AttemptOutcome.EngineError or AttemptOutcome.ServerError && result.Error?.Code is "engine_cut" or "engine_unreachable");

    private void Count(ReplicaLive live, bool wasAlone)
    {
        // One that only fell silent may have been stopped, or cut off: nothing that a request does.
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
