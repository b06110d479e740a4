using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>Writes this gateway's reports to shims, and takes the parts of limits that they answer. Not thread-safe.</summary>
internal sealed class QuotaReporter(TenantQuotas quotas, OtherGateways others, TimeProvider time)
{
    /// <summary>Most tenants whose use of limits elsewhere is kept.</summary>
    private const int MostTenants = 4096;

    /// <summary>
    /// Time without an answer after which this gateway takes no more than an equal part of each limit; shims assume the same a second
    /// later.
    /// </summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(4);

    private long _number;
    private MonotonicTime _answered = time.GetMonotonicTime();

    /// <summary>Whether any limit is used, here or elsewhere, by the last exchange.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>The report of now. What it leaves out this gateway may use up to an equal part.</summary>
    public QuotaReport Report()
    {
        var (sharing, now) = (quotas.Sharing, time.GetMonotonicTime());
        var limits = new List<ReportedLimit>();
        foreach (var use in quotas.Uses)
            use.Report(limits, sharing, now);
        var told = limits.Where(l => l.Tenant.Length <= QuotaReport.LongestTenant)
            .OrderByDescending(l => (l.Used.Sliding + l.Asked) / l.Limit).Take(QuotaReport.Most).ToList();
        foreach (var left in limits.Except(told))
            quotas.Of(left.Tenant).Confine(left.Kind, sharing);
        return new QuotaReport(++_number, sharing.Divisor, told);
    }

    /// <summary>
    /// Takes the answers of all shims that answered: the smallest part and the largest use elsewhere count. When none did for some seconds,
    /// this gateway confines itself to an equal part of each limit.
    /// </summary>
    public void Take(IReadOnlyList<QuotaParts> answers)
    {
        if (answers.Count == 0)
        {
            if (time.GetMonotonicTime() - _answered >= Silence)
                Confine();
            return;
        }
        _answered = time.GetMonotonicTime();
        var parts = answers.SelectMany(a => a.Limits).GroupBy(p => (p.Tenant, p.Kind)).ToDictionary(g => g.Key, g => g.First() with
        {
            Part = g.Min(p => p.Part), Elsewhere = g.Max(p => p.Elsewhere), ElsewhereCount = g.MaxBy(p => p.Elsewhere)!.ElsewhereCount,
        });
        IsUsed = parts.Count > 0;
        foreach (var tenant in parts.Keys.Select(k => k.Tenant).Distinct().Take(MostTenants - quotas.Uses.Count))
            quotas.Of(tenant);
        foreach (var use in quotas.Uses)
            use.Take(parts);
        others.Answered(answers.All(a => a.IsComplete)); // last: now what was taken is kept to
    }

    private void Confine()
    {
        foreach (var use in quotas.Uses)
            use.Confine(kind: null, quotas.Sharing);
        others.Answered(isComplete: true);
    }
}
