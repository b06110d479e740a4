using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>Forecasts how long a request waits: the requests before it, divided by the rate at which places get free.</summary>
internal static class WaitEstimator
{
    /// <summary>Seconds until the request has a place.</summary>
    /// <param name="tenants">All tenants.</param>
    /// <param name="queue">The requests that wait.</param>
    /// <param name="tenant">Tenant of the request.</param>
    /// <param name="priority">Class of the request.</param>
    /// <param name="before">Number of requests of the same tenant and class before it.</param>
    /// <param name="rate">Number of places that get free per second.</param>
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
