namespace Clawdbot.Gateway.Health;

/// <summary>How a replica's speed compares with that of the others.</summary>
internal enum Standing
{
    /// <summary>Unknown, because this replica or the others had too few answers lately.</summary>
    Unknown,

    /// <summary>As fast as the others, or nearly.</summary>
    Fair,

    /// <summary>Much slower.</summary>
    Slow,
}

/// <summary>The result of comparing a replica's speed with that of the others.</summary>
/// <param name="Standing">How its speed compares with the others.</param>
/// <param name="Times">How many times as long as the others it takes.</param>
/// <param name="Words">The figures, in words.</param>
internal sealed record Comparison(Standing Standing, double Times = 1, string Words = "")
{
    /// <summary>The result when too few answers were seen.</summary>
    public static readonly Comparison Unknown = new(Standing.Unknown);

    /// <summary>The result for a replica that is fast enough.</summary>
    public static readonly Comparison Fair = new(Standing.Fair);
}
