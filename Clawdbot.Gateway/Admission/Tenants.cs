using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>The tenants that sent requests lately, and which of them hold their part or more. Not thread-safe.</summary>
internal sealed class Tenants(AdmissionOptions options, TimeProvider time)
{
    /// <summary>Number of tenants from which on those that were not seen lately are removed.</summary>
    private const int Many = 1000;

    private readonly Dictionary<string, Tenant> _all = [];
    private readonly long[] _classSeenAt = [.. Enum.GetValues<Priority>().Select(_ => long.MinValue)];
    private readonly long _lately = (long)(options.ReserveSeconds * (double)time.TimestampFrequency);

    /// <summary>The largest use of an admitted tenant. One that comes back from idleness begins there: it has saved up nothing.</summary>
    private double _used;

    /// <summary>All known tenants.</summary>
    public Dictionary<string, Tenant>.ValueCollection All => _all.Values;

    /// <summary>Number of places that not every request may take.</summary>
    public int Reserve(int places) => (int)Math.Round(places * options.ReservePercent / 100.0, MidpointRounding.AwayFromZero);

    /// <summary>Notes that a request came, and returns its tenant.</summary>
    public Tenant Came(in AdmissionRequest request, long now)
    {
        if (!_all.TryGetValue(request.Tenant, out var tenant))
        {
            if (_all.Count >= Many)
                Sweep(now);
            _all.Add(request.Tenant, tenant = new Tenant());
        }
        if (!tenant.IsHere)
            tenant.Used = Math.Max(tenant.Used, _used);
        (tenant.Share, tenant.SeenAt) = (request.Share, now);
        _classSeenAt[(int)request.Priority] = now;
        return tenant;
    }

    /// <summary>Notes that a request of the tenant was admitted.</summary>
    public void Entered(Tenant tenant)
    {
        tenant.Held++;
        _used = Math.Max(_used, tenant.Used);
    }

    /// <summary>Notes that a place of the tenant was returned.</summary>
    public static void Left(Tenant tenant, TimeSpan held)
    {
        tenant.Held--;
        tenant.Used += held.TotalSeconds / tenant.Share;
    }

    /// <summary>
    /// Whether a tenant must leave the reserve free, because it holds its part or more and others have been here lately. Its part is of all
    /// places, divided by the shares of the tenants that have been here lately.
    /// </summary>
    public bool IsSated(Tenant tenant, int places, long now)
    {
        var shares = 0;
        foreach (var other in _all.Values)
            shares += other.IsHere || now - other.SeenAt <= _lately ? other.Share : 0;
        return shares > tenant.Share && (long)tenant.Held * shares >= (long)places * tenant.Share;
    }

    /// <summary>Whether a request of a higher class came lately.</summary>
    public bool IsOutranked(Priority priority, long now)
    {
        for (var higher = priority + 1; higher <= Priority.High; higher++)
        {
            if (_classSeenAt[(int)higher] is not long.MinValue and var at && now - at <= _lately)
                return true;
        }
        return false;
    }

    private void Sweep(long now)
    {
        foreach (var (name, _) in _all.Where(t => !t.Value.IsHere && now - t.Value.SeenAt > _lately).ToList())
            _all.Remove(name);
    }
}
