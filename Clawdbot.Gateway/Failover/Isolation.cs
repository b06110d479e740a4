using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Gives a suspect a replica of its own, so that a further death is proven and hits nobody else. For a first death, which is mostly chance, only one
/// that has nothing to do anyway: when half of a fleet dies at once, what moved must not queue up for the rest. Later one is kept free for it.
/// </summary>
internal sealed class Isolation(ReplicaTable table, IOptions<FailoverOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    /// <summary>What runs on a replica that is kept free is waited for so long: answers take their time.</summary>
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(60);

    /// <summary>A replica to itself; null when it is to share one, because it is no suspect or there is none.</summary>
    public ValueTask<Hold?> FindAsync(Suspicion suspicion, Requirement needed, IReadOnlyCollection<ReplicaLive> avoid, CancellationToken end) =>
        suspicion.IsGrave ? KeepFreeAsync(needed, end) : ValueTask.FromResult(suspicion.IsSuspect ? Idle(needed, avoid) : null);

    private Hold? Idle(Requirement needed, IReadOnlyCollection<ReplicaLive> avoid)
    {
        if (!MayHold(fewest: 0))
            return null;
        var idle = Candidates(needed).FirstOrDefault(r => r.Live.Load == 0 && !avoid.Contains(r.Live));
        return idle is null ? null : Hold.On(idle);
    }

    private async ValueTask<Hold?> KeepFreeAsync(Requirement needed, CancellationToken end)
    {
        var since = time.GetTimestamp();
        Hold? hold = null;
        while (!end.IsCancellationRequested && time.GetElapsedTime(since) < (hold is null ? TimeSpan.FromSeconds(options.Value.ReplicaWaitSeconds) : LongestDrain))
        {
            if (hold?.Replica.Live.Lost.IsCancellationRequested == true)
            {
                hold.Dispose();
                hold = null;
            }
            if (hold is null && MayHold(fewest: 1) && Candidates(needed).MinBy(r => r.Live.Load) is { } least)
                hold = Hold.On(least);
            if (hold?.Replica.Live.Load == 0)
                return hold;
            await Task.Delay(Look, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        hold?.Dispose();
        return null;
    }

    /// <summary>At most half of the fleet is kept from the others.</summary>
    private bool MayHold(int fewest)
    {
        var routable = table.Current.Routable;
        return routable.Count(r => r.Live.IsHeld) < Math.Max(fewest, routable.Length / 2);
    }

    private IEnumerable<Replica> Candidates(Requirement needed) => table.Current.Routable.Where((needed with { Now = time.GetTimestamp() }).Admits);
}
