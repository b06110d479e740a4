using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>
/// The requests that wait, and which of them is next: the class that the <see cref="Scheduler"/> says, within a class the tenant that holds
/// least, within a tenant the oldest request. Not thread-safe.
/// </summary>
internal sealed class WaitQueue(Tenants tenants)
{
    private readonly int[] _waiting = new int[(int)Priority.High + 1];
    private readonly PriorityScheduler _scheduler = new();

    /// <summary>Number of requests that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Number of requests that wait after they had a place and met full replicas.</summary>
    public int Requeued { get; private set; }

    /// <summary>Number of requests that wait, by class.</summary>
    public ReadOnlySpan<int> Waiting => _waiting;

    public PriorityScheduler Scheduler => _scheduler;

    /// <summary>Adds a request.</summary>
    public void Add(QueuedRequest queued)
    {
        queued.Tenant.Add(queued);
        _waiting[(int)queued.Priority]++;
        Count++;
        Requeued += queued.IsRequeued ? 1 : 0;
    }

    /// <summary>Removes a request that waits.</summary>
    public void Remove(QueuedRequest queued)
    {
        queued.Tenant.Remove(queued);
        _waiting[(int)queued.Priority]--;
        Count--;
        Requeued -= queued.IsRequeued ? 1 : 0;
    }

    /// <summary>Removes and returns the next request; null when none may have a place.</summary>
    public QueuedRequest? Next(int places, int free, long now)
    {
        if (Count == 0 || free <= 0)
            return null;
        var isAmple = free > tenants.Reserve(places);
        var next = _scheduler.Due() is { } due ? Best(due, isAmple, places, now) : null;
        for (var priority = Priority.High; next is null && priority >= Priority.Low; priority--)
        {
            if (isAmple || !tenants.IsOutranked(priority, now))
                next = Best(priority, isAmple, places, now);
        }
        if (next is null)
            return null;
        Remove(next);
        _scheduler.Gave(next.Priority, _waiting);
        return next;
    }

    /// <summary>The oldest request of the tenant with the least load (then the least use) that may take a place.</summary>
    private QueuedRequest? Best(Priority priority, bool isAmple, int places, long now)
    {
        Tenant? best = null;
        if (_waiting[(int)priority] == 0)
            return null;
        foreach (var tenant in tenants.All)
        {
            var isBetter = tenant.Of(priority).Count > 0 && (best is null || IsBefore(tenant, best));
            if (isBetter && (isAmple || !tenants.IsSated(tenant, places, now)))
                best = tenant;
        }
        return best?.Of(priority).First!.Value;
    }

    private static bool IsBefore(Tenant one, Tenant other) => one.Load != other.Load ? one.Load < other.Load : one.Used < other.Used;
}
