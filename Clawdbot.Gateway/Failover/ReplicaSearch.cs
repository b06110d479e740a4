using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>Finds the replica for an attempt, and waits for one when there is none.</summary>
internal sealed class ReplicaSearch(ReplicaTable table, ReplicaPicker picker, IOptions<FailoverOptions> options, Random random, TimeProvider time)
{
    /// <summary>The first round is this long at most; each further one twice as long, up to four times.</summary>
    private const int RoundMilliseconds = 100;
    private const int MostDoublings = 2;

    /// <summary>A replica, waited for if need be; null when <paramref name="end"/> came, or none in time.</summary>
    /// <param name="needed">What it must be.</param>
    /// <param name="avoid">Those that this request has tried; forgotten with each round.</param>
    /// <param name="end">Ends the wait.</param>
    public async Task<Replica?> FindAsync(Requirement needed, HashSet<ReplicaLive> avoid, CancellationToken end)
    {
        if (Find(needed, avoid) is { } first)
            return first;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.ReplicaWaitSeconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, patience.Token);
        for (var round = 0; !either.IsCancellationRequested; round++)
        {
            var changed = table.Changed;
            if (Find(needed, avoid) is { } replica)
                return replica;
            await Task.WhenAny(changed, Task.Delay(Pause(round), time, either.Token));
            avoid.Clear(); // those that were busy may have room now; those that died are not in the set
        }
        return null;
    }

    /// <summary>Where its pictures failed it goes only when there is no other replica at all, not even a busy one: better there than nowhere.</summary>
    public Replica? Find(Requirement needed, HashSet<ReplicaLive> avoid)
    {
        var now = needed with { Now = time.GetTimestamp() };
        return picker.Pick(table.Current, now, avoid)
            ?? (now.Pictures is null || picker.Pick(table.Current, now, []) is not null ? null : picker.Pick(table.Current, now with { Pictures = null }, avoid));
    }

    /// <summary>Whether there is one with room, not tried by this request, against which nothing is held.</summary>
    public bool IsAnyWell(Requirement needed, HashSet<ReplicaLive> avoid)
    {
        var now = needed with { Now = time.GetTimestamp() };
        foreach (var replica in table.Current.Routable)
        {
            if (replica.State == ReplicaState.Healthy && replica.Live.Load < replica.Capacity && now.Admits(replica) && !avoid.Contains(replica.Live))
                return true;
        }
        return false;
    }

    /// <summary>Of any length up to the round's: those who were refused together must not come back together.</summary>
    private TimeSpan Pause(int round)
    {
        lock (random)
            return TimeSpan.FromMilliseconds(1 + random.NextDouble() * (RoundMilliseconds << Math.Min(round, MostDoublings)));
    }
}
