namespace Clawdbot.Gateway.Health;

/// <summary>What share of its load a replica is given that is not simply well.</summary>
internal static class Weights
{
    /// <summary>Of one against which there is a fresh strike.</summary>
    public const double Doubted = 0.25;

    /// <summary>Of one that has just come.</summary>
    public const double Cold = 0.2;

    /// <summary>Of the slowest: who gets nothing can't show that it has become faster.</summary>
    private const double Least = 0.1;

    /// <summary>Rises evenly from <see cref="Cold"/> to 1.</summary>
    public static double Warm(TimeSpan since, HealthOptions options) => options.SlowStartSeconds == 0
        ? 1
        : Math.Clamp(Cold + (1 - Cold) * since.TotalSeconds / options.SlowStartSeconds, Cold, 1);

    /// <summary>One that takes so many times as long gets so much less.</summary>
    public static double Slow(double times) => Math.Clamp(1 / times, Least, 1);
}
