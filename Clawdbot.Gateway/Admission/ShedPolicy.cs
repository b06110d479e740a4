using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>
/// Decides which request is refused when the queue is full: the newest of the tenant that claims most, in the lowest class below the
/// newcomer's or, in the newcomer's own class, of a tenant that claims more than the newcomer's. Each class has a floor of the queue that
/// higher classes can't take, and that it takes back from them.
/// </summary>
internal static class ShedPolicy
{
    /// <summary>Null when it is the newcomer that has to go.</summary>
    /// <param name="tenants">Those there are.</param>
    /// <param name="waiting">What waits of each class, the newcomer included.</param>
    /// <param name="limit">How many may wait.</param>
    /// <param name="newcomer">Waits already.</param>
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

    /// <summary>Places in the queue that a class has whatever the others want. The highest needs none: nobody is before it.</summary>
    private static int Floor(Priority priority, int limit) =>
        priority == Priority.High ? 0 : (int)(PriorityScheduler.Floor(priority) * limit);

    /// <summary>The one that holds and wants most, of those who wait in a class.</summary>
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
