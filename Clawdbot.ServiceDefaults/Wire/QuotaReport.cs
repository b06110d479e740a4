using System.Text.Json.Serialization;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>What a limit of a tenant counts.</summary>
public enum QuotaKind
{
    /// <summary>Requests under way.</summary>
    Concurrent,

    /// <summary>Requests in a minute.</summary>
    Requests,

    /// <summary>Tokens in a minute.</summary>
    Tokens,
}

/// <summary>What a gateway tells a shim of its tenants' limits; the answer is <see cref="QuotaParts"/>.</summary>
/// <param name="Number">Higher than that of the gateway's report before.</param>
/// <param name="Divisor">
/// Of a limit that is not listed the gateway may use, until the answer comes, as much as the limit divided by this; 1 when it was alone
/// until now, and after an answer the number of gateways.
/// </param>
/// <param name="Limits">The limits that are used or were asked for, here or elsewhere.</param>
public sealed record QuotaReport(long Number, int Divisor, IReadOnlyList<ReportedLimit> Limits)
{
    /// <summary>Most limits in a report; of more, those that are nearest to being used up are listed.</summary>
    public const int Most = 256;

    /// <summary>Longest name of a tenant, in characters. The limits of one with a longer name are divided equally.</summary>
    public const int LongestTenant = 128;

    /// <summary>
    /// A gateway that has used nothing keeps this fraction of an equal part of each limit, so that its next requests need not wait for an
    /// exchange: 8 is one eighth.
    /// </summary>
    public const int IdleFraction = 8;
}

/// <summary>One gateway's use of one limit of a tenant.</summary>
public sealed record ReportedLimit
{
    /// <summary>Name of the tenant.</summary>
    public required string Tenant { get; init; }

    /// <summary>What the limit counts.</summary>
    public required QuotaKind Kind { get; init; }

    /// <summary>The limit, at least 1.</summary>
    public required int Limit { get; init; }

    /// <summary>What this gateway used within the last minute; of requests under way only their number.</summary>
    public required WindowCount Used { get; init; }

    /// <summary>What was asked for since the report before, whether it was granted or not.</summary>
    public required long Asked { get; init; }

    /// <summary>What this gateway may use at the moment; it grants one request beyond that at most.</summary>
    public required long Part { get; init; }
}

/// <summary>The parts of limits that a gateway may use from now on.</summary>
/// <param name="IsComplete">
/// Whether all other gateways have said what they may use. Before that a gateway that has just started must not take an equal part of a
/// limit that is not listed.
/// </param>
/// <param name="Limits">At least those of the gateway's report.</param>
public sealed record QuotaParts(bool IsComplete, IReadOnlyList<GrantedPart> Limits)
{
    /// <summary>Most limits in an answer: those of the report, and as many that others use.</summary>
    public const int Most = 2 * QuotaReport.Most;

    /// <summary>Whether it can be an answer: a shim may send anything.</summary>
    [JsonIgnore]
    public bool IsSound => Limits is { Count: <= Most } && Limits.All(l => l is
    {
        Tenant.Length: > 0 and <= QuotaReport.LongestTenant, Limit: > 0,
        Part: >= 0 and <= WindowCount.Largest, Elsewhere: >= 0 and <= WindowCount.Largest, ElsewhereCount.IsSound: true,
    } && Enum.IsDefined(l.Kind));
}

/// <summary>The part of one limit that a gateway may use.</summary>
/// <param name="Tenant">Name of the tenant.</param>
/// <param name="Kind">What the limit counts.</param>
/// <param name="Limit">The limit, as a gateway reported it.</param>
/// <param name="Part">What the gateway may have under way, or use within a minute.</param>
/// <param name="Elsewhere">What other gateways have under way, or used within the last minute.</param>
/// <param name="ElsewhereCount">The same as a count, by which it can be told when it is forgotten.</param>
public sealed record GrantedPart(string Tenant, QuotaKind Kind, int Limit, long Part, long Elsewhere, WindowCount ElsewhereCount);
