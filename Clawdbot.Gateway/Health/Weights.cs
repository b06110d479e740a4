namespace Clawdbot.Gateway.Health;

/// <summary>Weights of replicas that are not fully healthy, as shares of the load of a healthy one.</summary>
internal static class Weights
{
    /// <summary>Weight of a replica with a recent strike.</summary>
    public const double Doubted = 0.25;

    /// <summary>Weight of a replica that has just come.</summary>
    public const double Cold = 0.2;

    /// <summary>The least weight of a slow replica: without requests it could not show that it has become faster.</summary>
    private const double Least = 0.1;

    /// <summary>Weight of a replica that came a while ago; rises linearly from <see cref="Cold"/> to 1.</summary>
    public static double Warm(TimeSpan since, HealthOptions options) => options.SlowStartSeconds == 0
        ? 1
        : Math.Clamp(Cold + (1 - Cold) * since.TotalSeconds / options.SlowStartSeconds, Cold, 1);

    /// <summary>Weight of a replica that takes so many times as long as the others.</summary>
    public static double Slow(double times) => Math.Clamp(1 / times, Least, 1);
}
