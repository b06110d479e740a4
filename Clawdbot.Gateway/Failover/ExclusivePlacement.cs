using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Gives a request under suspicion a replica of its own, so that a further death proves the suspicion and ends no other request. After a
/// first death, which is mostly chance, it gets only a replica that is idle already: when half of a fleet dies at once, the requests that
/// moved must not queue up for the rest. After a second death a replica is kept free for it.
/// </summary>
internal sealed class ExclusivePlacement(ReplicaTable table, IOptions<FailoverOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    /// <summary>How long the answers that already run on a reserved replica are waited for.</summary>
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(60);

    /// <summary>Reserves a replica for a suspect; null when the request is no suspect, or no replica can be kept for it.</summary>
    public ValueTask<ReplicaReservation?> FindAsync(
        PoisonSuspicion suspicion, Requirement needed, IReadOnlyCollection<ReplicaLive> avoid, CancellationToken end) =>
        suspicion.IsGrave ? KeepFreeAsync(needed, end)
        : ValueTask.FromResult(suspicion.IsSuspect ? Idle(needed, avoid) : null);

    private ReplicaReservation? Idle(Requirement needed, IReadOnlyCollection<ReplicaLive> avoid)
    {
        if (!MayHold(fewest: 0))
            return null;
        var idle = Candidates(needed).FirstOrDefault(r => r.Live.Load == 0 && !avoid.Contains(r.Live));
        return idle is null ? null : ReplicaReservation.TryReserve(idle);
    }

    private async ValueTask<ReplicaReservation?> KeepFreeAsync(Requirement needed, CancellationToken end)
    {
        var since = time.GetTimestamp();
        ReplicaReservation? reservation = null;
        while (!end.IsCancellationRequested
            && time.GetElapsedTime(since) < (reservation is null ? TimeSpan.FromSeconds(options.Value.ReplicaWaitSeconds) : LongestDrain))
        {
            if (reservation?.Replica.Live.Lost.IsCancellationRequested == true)
            {
                reservation.Dispose();
                reservation = null;
            }
            if (reservation is null && MayHold(fewest: 1) && Candidates(needed).MinBy(r => r.Live.Load) is { } least)
                reservation = ReplicaReservation.TryReserve(least);
            if (reservation?.Replica.Live.Load == 0)
                return reservation;
            await Task.Delay(Look, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        reservation?.Dispose();
        return null;
    }

    /// <summary>
    /// Whether one more replica may be reserved: at most half of the fleet is, but at least <paramref name="fewest"/> replicas may be.
    /// </summary>
    private bool MayHold(int fewest)
    {
        var routable = table.Current.Routable;
        return routable.Count(r => r.Live.IsReserved) < Math.Max(fewest, routable.Length / 2);
    }

    private IEnumerable<Replica> Candidates(Requirement needed) =>
        table.Current.Routable.Where((needed with { Now = time.GetTimestamp() }).Admits);
}
