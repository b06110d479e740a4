using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>
/// Those who wait, and who of them is next: by class (<see cref="Turns"/>), within a class the tenant that holds least, within a tenant who
/// came first. Not thread-safe.
/// </summary>
internal sealed class WaitingRoom(Tenants tenants)
{
    private readonly int[] _waiting = new int[(int)Priority.High + 1];
    private readonly Turns _turns = new();

    /// <summary>Those who wait.</summary>
    public int Count { get; private set; }

    /// <summary>Those who wait, by class.</summary>
    public ReadOnlySpan<int> Waiting => _waiting;

    public Turns Turns => _turns;

    /// <summary>Lets one wait.</summary>
    public void Add(Waiter waiter)
    {
        waiter.Tenant.Add(waiter);
        _waiting[(int)waiter.Priority]++;
        Count++;
    }

    /// <summary>Takes one out that waits.</summary>
    public void Remove(Waiter waiter)
    {
        waiter.Tenant.Remove(waiter);
        _waiting[(int)waiter.Priority]--;
        Count--;
    }

    /// <summary>Takes out who is next; null when nobody may come in.</summary>
    public Waiter? Next(int places, int free, long now)
    {
        if (Count == 0 || free <= 0)
            return null;
        var isAmple = free > tenants.Reserve(places);
        var next = _turns.Due() is { } due ? Best(due, isAmple, places, now) : null;
        for (var priority = Priority.High; next is null && priority >= Priority.Low; priority--)
        {
            if (isAmple || !tenants.IsOutranked(priority, now))
                next = Best(priority, isAmple, places, now);
        }
        if (next is null)
            return null;
        Remove(next);
        _turns.Gave(next.Priority, _waiting);
        return next;
    }

    /// <summary>The first of the tenant that holds least (of those who hold the same: that has used least) and may take a place.</summary>
    private Waiter? Best(Priority priority, bool isAmple, int places, long now)
    {
        Tenant? best = null;
        if (_waiting[(int)priority] == 0)
            return null;
        foreach (var tenant in tenants.All)
        {
            if (tenant.Of(priority).Count > 0 && (best is null || IsBefore(tenant, best)) && (isAmple || !tenants.IsSated(tenant, places, now)))
                best = tenant;
        }
        return best?.Of(priority).First!.Value;
    }

    private static bool IsBefore(Tenant one, Tenant other) => one.Load != other.Load ? one.Load < other.Load : one.Used < other.Used;
}
