namespace Clawdbot.InferenceShim.Supervision;

/// <summary>The wait before a dead engine is started again: it doubles, and has jitter so that many engines do not load at once.</summary>
internal sealed class RestartDelay(ParentOptions options, Random random)
{
    /// <summary>How often in a row it has died.</summary>
    public int Streak { get; private set; }

    /// <summary>The wait after <paramref name="end"/>.</summary>
    public TimeSpan After(LifeEnd end)
    {
        if (end.IsPlanned)
        {
            Streak = 0;
            return TimeSpan.Zero;
        }
        var wasLong = end.Served >= TimeSpan.FromSeconds(options.LongLifeSeconds);
        Streak = wasLong ? 1 : Streak + 1;
        var full = options.RestartDelayMilliseconds * Math.Pow(2, Math.Min(Streak - 1, 30));
        var longest = options.LongestRestartDelaySeconds * 1000.0;
        return TimeSpan.FromMilliseconds(Math.Min(full, longest) * (0.5 + (random.NextDouble() / 2)));
    }
}

/// <summary>How a life of the engine ended.</summary>
/// <param name="Words">How it ended, such as <c>exited with code 1 after 3 s</c>.</param>
/// <param name="Served">How long it served; zero when it never did.</param>
/// <param name="IsPlanned">Whether the shim ended it although nothing was wrong.</param>
internal sealed record LifeEnd(string Words, TimeSpan Served, bool IsPlanned = false);
