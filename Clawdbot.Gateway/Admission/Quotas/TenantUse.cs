using Clawdbot.Gateway.Auth;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>What one tenant with limits uses on this gateway, whether a shared store counts it too or not. Thread-safe.</summary>
/// <param name="tenant">Name of the tenant.</param>
internal sealed class TenantUse(string tenant)
{
    private readonly Lock _lock = new();
    private readonly AnswerAverages _averages = new();
    private readonly MinuteCounter _requests = new();
    private readonly MinuteCounter _tokens = new();
    private readonly LimitPart _concurrentPart = new(mayExceedAlone: false);
    private readonly LimitPart _requestPart = new(mayExceedAlone: false);
    private readonly LimitPart _tokenPart = new(mayExceedAlone: true);
    private HeldRequests _held;

    /// <summary>Name of the tenant.</summary>
    public string Tenant => tenant;

    /// <summary>Averages of its latest answers.</summary>
    public AnswerAverages Averages => _averages;

    /// <summary>Whether its requests under way are limited.</summary>
    public bool IsConcurrencyLimited => _concurrentPart.Limit > 0;

    /// <summary>Requests under way.</summary>
    public HeldRequests Held
    {
        get
        {
            lock (_lock)
                return _held;
        }
    }

    /// <summary>Counts a request, unless this gateway's part of a limit does not allow it; returns that limit's kind, or null.</summary>
    /// <param name="quota">The limits.</param>
    /// <param name="tokens">Estimated number of its tokens.</param>
    /// <param name="sharing">
    /// How limits are shared with other gateways; null when a shared store counts for all, and only the limit of this gateway's requests
    /// under way is looked at.
    /// </param>
    /// <param name="now">Now.</param>
    /// <param name="held">The requests under way, this one included if it is counted.</param>
    public QuotaKind? TryEnter(Quota quota, long tokens, LimitSharing? sharing, MonotonicTime now, out HeldRequests held)
    {
        lock (_lock)
        {
            var refused = Refusing(quota, tokens, sharing, now);
            if (refused is null)
                Add(1, tokens, now);
            held = _held;
            return refused;
        }
    }

    /// <summary>Takes back a request that another limit refused.</summary>
    public void Undo(long tokens, MonotonicTime now)
    {
        lock (_lock)
            Add(-1, -tokens, now);
    }

    /// <summary>Counts the end of a request.</summary>
    /// <param name="took">How long it took.</param>
    /// <param name="tokens">Its tokens beyond the estimate; negative when it used fewer.</param>
    /// <param name="now">Now.</param>
    public void Left(TimeSpan took, long tokens, MonotonicTime now)
    {
        _averages.Took(took);
        lock (_lock)
        {
            _held = _held.And(-1);
            _tokens.Add(tokens, now);
        }
    }

    /// <summary>The limit that refused a request, and when it has room again.</summary>
    public QuotaExcess Excess(QuotaKind kind, long tokens, LimitSharing sharing, MonotonicTime now)
    {
        lock (_lock)
        {
            return kind switch
            {
                QuotaKind.Concurrent => new(kind, _concurrentPart.Limit, _averages.SecondsToPlace(_concurrentPart.Limit)),
                QuotaKind.Requests => new(kind, _requestPart.Limit, _requestPart.SecondsUntil(_requests.Add(0, now), 1, sharing)),
                _ => new(kind, _tokenPart.Limit, _tokenPart.SecondsUntil(_tokens.Add(0, now), tokens, sharing)),
            };
        }
    }

    /// <summary>What is left of both limits per minute; null for what is not limited.</summary>
    public (QuotaLeft? Requests, QuotaLeft? Tokens) LeftOf(Quota quota, LimitSharing sharing, MonotonicTime now)
    {
        lock (_lock)
        {
            return (quota.RequestsPerMinute == 0 ? null : _requestPart.Left(_requests.Add(0, now), sharing),
                quota.TokensPerMinute == 0 ? null : _tokenPart.Left(_tokens.Add(0, now), sharing));
        }
    }

    /// <summary>Adds to a report what this gateway uses of each limit.</summary>
    public void Report(List<ReportedLimit> report, LimitSharing sharing, MonotonicTime now)
    {
        lock (_lock)
        {
            Add(_concurrentPart.Report(tenant, QuotaKind.Concurrent, new WindowCount(_held.Number, 0, 0), sharing));
            Add(_requestPart.Report(tenant, QuotaKind.Requests, _requests.Add(0, now), sharing));
            Add(_tokenPart.Report(tenant, QuotaKind.Tokens, _tokens.Add(0, now), sharing));
        }

        void Add(ReportedLimit? limit)
        {
            if (limit is not null)
                report.Add(limit);
        }
    }

    /// <summary>Confines this gateway to an equal part of a limit, or of all its limits.</summary>
    public void Confine(QuotaKind? kind, LimitSharing sharing)
    {
        lock (_lock)
        {
            foreach (var one in Enum.GetValues<QuotaKind>().Where(k => kind is null || k == kind))
                Of(one).Unlisted(sharing);
        }
    }

    /// <summary>Takes the parts that were granted, by kind; limits that are missing are used by nobody else.</summary>
    public void Take(IReadOnlyDictionary<(string Tenant, QuotaKind Kind), GrantedPart> parts)
    {
        lock (_lock)
        {
            foreach (var kind in Enum.GetValues<QuotaKind>())
                Of(kind).Take(parts.GetValueOrDefault((tenant, kind)));
        }
    }

    private LimitPart Of(QuotaKind kind) =>
        kind switch { QuotaKind.Concurrent => _concurrentPart, QuotaKind.Requests => _requestPart, _ => _tokenPart };

    private QuotaKind? Refusing(Quota quota, long tokens, LimitSharing? sharing, MonotonicTime now)
    {
        if (quota.Concurrent > 0)
        {
            _concurrentPart.Asked(quota.Concurrent, 1);
            if (!_concurrentPart.Allows(_held.Number, 1, sharing ?? LimitSharing.Alone))
                return QuotaKind.Concurrent;
        }
        if (quota.RequestsPerMinute > 0)
        {
            _requestPart.Asked(quota.RequestsPerMinute, 1);
            if (sharing is not null && !_requestPart.Allows(_requests.Add(0, now).Sliding, 1, sharing))
                return QuotaKind.Requests;
        }
        if (quota.TokensPerMinute > 0)
        {
            _tokenPart.Asked(quota.TokensPerMinute, tokens);
            if (sharing is not null && !_tokenPart.Allows(_tokens.Add(0, now).Sliding, tokens, sharing))
                return QuotaKind.Tokens;
        }
        return null;
    }

    private void Add(int requests, long tokens, MonotonicTime now)
    {
        _held = _held.And(requests);
        _requests.Add(requests, now);
        _tokens.Add(tokens, now);
    }
}

/// <summary>A tenant's requests under way on this gateway.</summary>
/// <param name="Number">Their number.</param>
/// <param name="Changes">How often that has changed, by which the latest of two numbers is known.</param>
internal readonly record struct HeldRequests(int Number, long Changes)
{
    /// <summary>So many more.</summary>
    public HeldRequests And(int more) => new(Number + more, Changes + 1);
}
