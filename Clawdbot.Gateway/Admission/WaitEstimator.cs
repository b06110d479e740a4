using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>How long somebody waits who waits now: those before them, over the rate at which places get free.</summary>
internal static class WaitEstimator
{
    /// <summary>Seconds to a place.</summary>
    /// <param name="tenants">Those there are.</param>
    /// <param name="queue">Those who wait.</param>
    /// <param name="tenant">Whose request it is.</param>
    /// <param name="priority">Its class.</param>
    /// <param name="before">Requests of the same tenant and class before it.</param>
    /// <param name="rate">Places that get free, per second.</param>
    public static double Seconds(Tenants tenants, WaitQueue queue, Tenant tenant, Priority priority, int before, double rate)
    {
        var same = before + 1.0;
        foreach (var other in tenants.All)
        {
            if (other == tenant)
                continue;
            var ahead = Math.Ceiling((before + 1 + tenant.Held) * (double)other.Share / tenant.Share) - other.Held;
            same += Math.Clamp(ahead, 0, other.Of(priority).Count);
        }
        var higher = 0;
        for (var above = priority + 1; above <= Priority.High; above++)
            higher += queue.Waiting[(int)above];
        return Math.Max((higher + same) / rate, same / (rate * queue.Scheduler.Share(priority, queue.Waiting)));
    }
}
