using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>
/// Decides which request is refused when the queue is full: the newest of the tenant that claims most, in the lowest class below the
/// newcomer's or, in the newcomer's own class, of a tenant that claims more than the newcomer's. Each class has a floor of the queue that
/// higher classes can't take, and that it takes back from them.
/// </summary>
internal static class ShedPolicy
{
    /// <summary>The request to refuse; null when it is the newcomer.</summary>
    /// <param name="tenants">All tenants.</param>
    /// <param name="waiting">Number waiting in each class, the newcomer included.</param>
    /// <param name="limit">Largest number that may wait.</param>
    /// <param name="newcomer">The new request, which is in the queue already.</param>
    public static QueuedRequest? Victim(IEnumerable<Tenant> tenants, ReadOnlySpan<int> waiting, int limit, QueuedRequest newcomer)
    {
        for (var priority = Priority.Low; priority <= Priority.High; priority++)
        {
            var heaviest = Heaviest(tenants, priority);
            if (heaviest is null)
                continue;
            var mayTake = priority == newcomer.Priority
                ? heaviest != newcomer.Tenant && heaviest.Claims > newcomer.Tenant.Claims
                : waiting[(int)priority] > Floor(priority, limit)
                    && (priority < newcomer.Priority || waiting[(int)newcomer.Priority] <= Floor(newcomer.Priority, limit));
            if (mayTake)
                return heaviest.Of(priority).Last!.Value;
        }
        return null;
    }

    /// <summary>Places in the queue that are kept for a class. The highest needs none: no class goes before it.</summary>
    private static int Floor(Priority priority, int limit) =>
        priority == Priority.High ? 0 : (int)(PriorityScheduler.Floor(priority) * limit);

    /// <summary>The tenant that claims most, of those that wait in a class.</summary>
    private static Tenant? Heaviest(IEnumerable<Tenant> tenants, Priority priority)
    {
        Tenant? heaviest = null;
        foreach (var tenant in tenants)
        {
            if (tenant.Of(priority).Count > 0 && (heaviest is null || tenant.Claims > heaviest.Claims))
                heaviest = tenant;
        }
        return heaviest;
    }
}
