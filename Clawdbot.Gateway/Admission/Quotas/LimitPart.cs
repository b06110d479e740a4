using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>One limit of a tenant: this gateway's part of it, and what it was asked for. Not thread-safe.</summary>
/// <param name="mayExceedAlone">Whether a request larger than the whole limit is granted while nothing is used.</param>
internal sealed class LimitPart(bool mayExceedAlone)
{
    private const int LongestRetrySeconds = 120;

    private long? _part;
    private long _elsewhere;
    private WindowCount _elsewhereCount;
    private long _asked;

    /// <summary>The limit; 0 as long as it is not known here.</summary>
    public int Limit { get; private set; }

    /// <summary>Notes what was asked for.</summary>
    public void Asked(int limit, long amount) => (Limit, _asked) = (limit, _asked + amount);

    /// <summary>
    /// Whether this gateway may use <paramref name="amount"/> more, having used <paramref name="used"/>. A gateway that has used less than
    /// an equal part may pass its part by one request if that fits by all that is known, so that it need not refuse a first one.
    /// </summary>
    public bool Allows(double used, long amount, LimitSharing sharing)
    {
        var part = Part(sharing);
        if (used + amount <= part)
            return true;
        var all = used + Elsewhere(sharing);
        var fits = all + amount <= Limit || (mayExceedAlone && all < 1);
        return fits && used <= part && used < (double)Limit / sharing.Gateways;
    }

    /// <summary>What other gateways use, as far as known.</summary>
    public long Elsewhere(LimitSharing sharing) => sharing.IsWhole ? 0 : _elsewhere;

    /// <summary>Seconds until <paramref name="amount"/> more fits, if nothing more is used; 1 to 120.</summary>
    /// <param name="own">This gateway's use.</param>
    /// <param name="amount">The amount.</param>
    /// <param name="sharing">How the limit is shared.</param>
    public int SecondsUntil(WindowCount own, long amount, LimitSharing sharing)
    {
        if (Elsewhere(sharing) == 0)
            return Math.Clamp((int)Math.Ceiling(own.Until(Limit, amount) * 60), 1, LongestRetrySeconds);
        // Room that another gateway has at the moment comes here with the next exchanges, within a second.
        var seconds = 1;
        while (seconds < LongestRetrySeconds && InMinutes(seconds / 60.0) + amount > Limit)
            seconds++;
        return seconds;

        double InMinutes(double minutes) => own.After(minutes).Sliding + _elsewhereCount.After(minutes).Sliding;
    }

    /// <summary>What is left, by all that is known.</summary>
    public QuotaLeft Left(WindowCount own, LimitSharing sharing)
    {
        var elsewhere = Elsewhere(sharing);
        var minutes = Math.Max(own.UntilNone, elsewhere == 0 ? 0 : _elsewhereCount.UntilNone);
        return new QuotaLeft(Limit, Math.Max(0, Limit - (long)Math.Ceiling(own.Sliding) - elsewhere), (int)Math.Ceiling(minutes * 60));
    }

    /// <summary>
    /// What other gateways and shims are told; null when there is nothing to tell. What was asked for is counted anew from here on.
    /// </summary>
    public ReportedLimit? Report(string tenant, QuotaKind kind, WindowCount used, LimitSharing sharing)
    {
        if (Limit == 0)
            return null;
        if (used.Sliding <= 0 && _asked == 0 && Elsewhere(sharing) == 0)
        {
            Unlisted(sharing);
            return null;
        }
        var asked = _asked;
        _asked = 0;
        return new ReportedLimit
        {
            Tenant = tenant, Kind = kind, Limit = Limit, Asked = asked,
            Used = used with { Current = Math.Max(0, used.Current), Previous = Math.Max(0, used.Previous) }, Part = Part(sharing),
        };
    }

    /// <summary>Confines this gateway to an equal part: that is what shims assume of a limit that is not reported.</summary>
    public void Unlisted(LimitSharing sharing) => _part = Math.Min(Part(sharing), Limit / sharing.Gateways);

    /// <summary>Takes what a shim answered; null when it says nothing of this limit, so that nobody else uses it.</summary>
    public void Take(GrantedPart? granted)
    {
        (_elsewhere, _elsewhereCount) = (granted?.Elsewhere ?? 0, granted?.ElsewhereCount ?? default);
        if (granted is null)
            return;
        _part = granted.Part;
        if (Limit == 0)
            Limit = granted.Limit;
    }

    private long Part(LimitSharing sharing) => sharing.IsWhole ? Limit : Math.Min(Limit, _part ?? (Limit / sharing.Divisor));
}
