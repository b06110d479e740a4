using System.Collections.Immutable;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;

namespace Clawdbot.Gateway.Failover;

/// <summary>Finds replicas in the current set, and waits for the set to change.</summary>
internal sealed class ReplicaSearch(ReplicaTable table, ReplicaPicker picker, Random random, TimeProvider time)
{
    /// <summary>The longest first round of a wait; each further one may be twice as long, up to four times this value.</summary>
    private const int RoundMilliseconds = 100;
    private const int MostDoublings = 2;

    /// <summary>Completes at the next change of the set.</summary>
    public Task Changed => table.Changed;

    /// <summary>All replicas that are known.</summary>
    public ImmutableArray<Replica> All => table.Current.All;

    /// <summary>
    /// A replica in rotation; null when there is none. One on which the request's pictures failed is picked only when there is no other at
    /// all, not even a busy one.
    /// </summary>
    /// <param name="needed">What the replica must be.</param>
    /// <param name="without">The replicas that are left out.</param>
    public Replica? Find(Requirement needed, HashSet<ReplicaLive> without)
    {
        var now = needed with { Now = time.GetTimestamp() };
        return picker.Pick(table.Current, now, without)
            ?? (now.Pictures is null || picker.Pick(table.Current, now, []) is not null
                ? null
                : picker.Pick(table.Current, now with { Pictures = null }, without));
    }

    /// <summary>The least loaded replica in rotation that has room; null when there is none.</summary>
    public Replica? FindWithRoom(Requirement needed, HashSet<ReplicaLive> without)
    {
        var (now, best) = (needed with { Now = time.GetTimestamp() }, (Replica?)null);
        foreach (var replica in table.Current.Routable)
        {
            if (!LeastLoadedPicker.IsFull(replica) && now.Admits(replica) && !without.Contains(replica.Live)
                && (best is null || LeastLoadedPicker.Share(replica) < LeastLoadedPicker.Share(best)))
                best = replica;
        }
        return best;
    }

    /// <summary>Whether there is a healthy replica with room.</summary>
    public bool IsAnyWell(Requirement needed, HashSet<ReplicaLive> without)
    {
        var now = needed with { Now = time.GetTimestamp() };
        foreach (var replica in table.Current.Routable)
        {
            if (replica.State == ReplicaState.Healthy && replica.Live.Load < replica.Capacity
                && now.Admits(replica) && !without.Contains(replica.Live))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Whether the replica gets no new attempts any more, or has another process by now.</summary>
    public bool IsOut(Replica replica) => table.Current.Find(replica.Id) is not { IsRoutable: true } now || now.Live != replica.Live;

    /// <summary>How long others wait for a canary to show that a replica takes them, after what it said to one request.</summary>
    private static readonly TimeSpan Reopening = TimeSpan.FromSeconds(6);

    /// <summary>Time until the replica takes requests again, by its own word; null when it takes them now.</summary>
    public TimeSpan? OpensIn(Replica replica) => replica.Live.OpensIn(time);

    /// <summary>
    /// For how long a replica that is closed for what it said to another request may still be seen to take requests all the same; zero
    /// once it would have been.
    /// </summary>
    public TimeSpan MayReopenFor(Replica replica) =>
        replica.Live.SinceClosed(time) is var since && since < Reopening ? Reopening - since : TimeSpan.Zero;

    /// <summary>The time that lies so far ahead, as a timestamp.</summary>
    public long In(TimeSpan wait) => time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);

    /// <summary>Time until then; null when it is over.</summary>
    public TimeSpan? Until(long then) => time.GetTimestamp() is var now && then > now ? time.GetElapsedTime(now, then) : null;

    /// <summary>
    /// Waits for one round: until the set changes, or a random time, so that requests that were refused together do not come back together.
    /// </summary>
    /// <param name="changed"><see cref="Changed"/>, from before the set was looked at.</param>
    /// <param name="round">0 for the first.</param>
    /// <param name="limit">The longest wait.</param>
    /// <param name="end">Ends the wait.</param>
    public async Task WaitAsync(Task changed, int round, TimeSpan limit, CancellationToken end)
    {
        var pause = Pause(round);
        await changed.WaitAsync(pause < limit ? pause : limit, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private TimeSpan Pause(int round) =>
        TimeSpan.FromMilliseconds(1 + random.NextDouble() * (RoundMilliseconds << Math.Min(round, MostDoublings)));
}
