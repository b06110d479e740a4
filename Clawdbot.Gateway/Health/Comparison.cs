namespace Clawdbot.Gateway.Health;

/// <summary>How a replica's speed stands to the others'.</summary>
internal enum Standing
{
    /// <summary>Too few answers lately, here or elsewhere, to tell.</summary>
    Unknown,

    /// <summary>As fast as the others, or nearly.</summary>
    Fair,

    /// <summary>Much slower.</summary>
    Slow,
}

/// <param name="Standing">How its speed compares with the others.</param>
/// <param name="Times">How many times as long as the others it takes.</param>
/// <param name="Words">The figures, for people.</param>
internal sealed record Comparison(Standing Standing, double Times = 1, string Words = "")
{
    /// <summary>It can't be told.</summary>
    public static readonly Comparison Unknown = new(Standing.Unknown);

    /// <summary>It is well.</summary>
    public static readonly Comparison Fair = new(Standing.Fair);
}
