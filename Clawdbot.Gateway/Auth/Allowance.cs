namespace Clawdbot.Gateway.Auth;

/// <summary>Priority, weight and limits of a caller.</summary>
/// <param name="Highest">Highest priority that it may ask for.</param>
/// <param name="Default">Priority of a request that asks for none.</param>
/// <param name="Share">Weight of its tenant when places are scarce: twice the share is twice the places.</param>
/// <param name="Quota">What its tenant may use at most; null for no limit.</param>
internal sealed record Allowance(Priority Highest, Priority Default, int Share = 1, Quota? Quota = null)
{
    /// <summary>The allowance of callers that are served without a key.</summary>
    public static readonly Allowance Keyless = new(Priority.High, Priority.Normal);

    /// <summary>The priority of a request that asks for <paramref name="asked"/>: at most <see cref="Highest"/>.</summary>
    public Priority Clamp(Priority? asked) => asked is not { } priority ? Default : priority < Highest ? priority : Highest;
}
