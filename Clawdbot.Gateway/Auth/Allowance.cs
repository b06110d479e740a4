namespace Clawdbot.Gateway.Auth;

/// <summary>What a caller may take of what there is.</summary>
/// <param name="Highest">Highest priority that it may ask for.</param>
/// <param name="Default">Priority of a request that asks for none.</param>
/// <param name="Share">Its part, held against other tenants': twice the share is twice the places when all want them.</param>
/// <param name="Quota">What its tenant may use at most; null for no limit.</param>
internal sealed record Allowance(Priority Highest, Priority Default, int Share = 1, Quota? Quota = null)
{
    /// <summary>Of whoever is served without a key.</summary>
    public static readonly Allowance Keyless = new(Priority.High, Priority.Normal);

    /// <summary>The priority of a request that asks for <paramref name="asked"/>: no more than is allowed.</summary>
    public Priority Clamp(Priority? asked) => asked is not { } priority ? Default : priority < Highest ? priority : Highest;
}
