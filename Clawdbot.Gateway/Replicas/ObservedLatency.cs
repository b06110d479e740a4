namespace Clawdbot.Gateway.Replicas;

/// <summary>The time to one attempt's first token.</summary>
/// <param name="Prompt">Size of the prompt.</param>
/// <param name="FirstToken">Time to the first token.</param>
/// <param name="IsAtLeast">Whether the time is a lower bound, because the token was not waited for.</param>
internal readonly record struct FirstTokenSample(PromptSize Prompt, TimeSpan FirstToken, bool IsAtLeast = false);

/// <summary>How fast the tokens of one attempt came.</summary>
/// <param name="Tokens">Number of tokens.</param>
/// <param name="Generating">Time from the first to the last.</param>
/// <param name="LongestGap">The longest time between two of them.</param>
internal readonly record struct AttemptLatency(int Tokens, TimeSpan Generating, TimeSpan LongestGap);

/// <summary>How fast a replica answered lately: keeps its last attempts. Thread-safe.</summary>
internal sealed class ObservedLatency
{
    /// <summary>Number of attempts that are kept.</summary>
    public const int Kept = 64;

    /// <summary>Number of attempts after which the figures are computed anew.</summary>
    private const int Between = 8;

    private readonly Lock _lock = new();
    private readonly FirstTokenSample[] _firsts = new FirstTokenSample[Kept];
    private readonly AttemptLatency[] _latencies = new AttemptLatency[Kept];
    private int _firstCount;
    private int _latencyCount;
    private LatencyFigures? _figures;

    /// <summary>Figures of the attempts; null when too few were seen. At most <see cref="Between"/> attempts old.</summary>
    public LatencyFigures? Figures => Volatile.Read(ref _figures);

    /// <summary>Adds an attempt that ended.</summary>
    public void Saw(in AttemptReport report)
    {
        // Attempts that were too slow count too: without them the figures would fall, and ever more attempts would count as too slow.
        if ((report.FirstToken ?? report.InVain) is not { } first)
            return;
        lock (_lock)
        {
            _firsts[_firstCount++ % Kept] = new(report.Prompt, first, report.FirstToken is null);
            if (report.Tokens > 1)
                _latencies[_latencyCount++ % Kept] = new(report.Tokens, report.Generating, report.LongestGap);
            if (_firstCount % Between == 0)
                Volatile.Write(ref _figures, AddUp());
        }
    }

    /// <summary>Copies the first-token times that are known, in no order; returns how many.</summary>
    public int FirstTokens(Span<FirstTokenSample> into)
    {
        lock (_lock)
        {
            var count = 0;
            foreach (var sample in _firsts.AsSpan(0, Math.Min(_firstCount, Kept)))
            {
                if (!sample.IsAtLeast && count < into.Length)
                    into[count++] = sample;
            }
            return count;
        }
    }

    /// <summary>Copies the latencies, in no order; returns how many.</summary>
    public int Latencies(Span<AttemptLatency> into)
    {
        lock (_lock)
        {
            var count = Math.Min(Math.Min(_latencyCount, Kept), into.Length);
            _latencies.AsSpan(0, count).CopyTo(into);
            return count;
        }
    }

    private LatencyFigures? AddUp()
    {
        Span<double> firsts = stackalloc double[Math.Min(_firstCount, Kept)];
        for (var i = 0; i < firsts.Length; i++)
            firsts[i] = _firsts[i].FirstToken.TotalSeconds / _firsts[i].Prompt.Weight;
        Span<double> gaps = stackalloc double[Math.Min(_latencyCount, Kept)];
        for (var i = 0; i < gaps.Length; i++)
            gaps[i] = _latencies[i].LongestGap.TotalSeconds;
        return LatencyFigures.Of(firsts, gaps);
    }
}
