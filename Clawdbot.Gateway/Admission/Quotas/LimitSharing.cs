using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>How many gateways share the tenants' limits, and what this one may use of a limit of which it was granted no part.</summary>
/// <param name="Gateways">Number of gateways, itself included.</param>
/// <param name="Divisor">It may use a limit divided by this.</param>
internal sealed record LimitSharing(int Gateways, int Divisor)
{
    /// <summary>There is no other gateway: it may use everything.</summary>
    public static readonly LimitSharing Alone = new(1, 1);

    /// <summary>Whether it may use everything, whatever it was granted when there were others, or others were granted.</summary>
    public bool IsWhole => Divisor == 1;

    /// <summary>It was alone until now: all is its own until the first exchange.</summary>
    public static LimitSharing NotAloneAnyMore(int gateways) => new(gateways, 1);

    /// <summary>It has just come to others, which may use nearly everything.</summary>
    public static LimitSharing NewBeside(int gateways) => new(gateways, QuotaReport.IdleFraction * gateways);

    /// <summary>It exchanges with others: a limit that nobody uses is divided equally.</summary>
    public static LimitSharing With(int gateways) => new(gateways, gateways);
}
