namespace Clawdbot.Gateway.Replicas;

/// <param name="Prompt">What was read.</param>
/// <param name="FirstToken">How long it took to the first token.</param>
/// <param name="IsAtLeast">It would have taken longer, but was not waited for.</param>
internal readonly record struct FirstTokenSample(PromptSize Prompt, TimeSpan FirstToken, bool IsAtLeast = false);

/// <param name="Tokens">Tokens of an answer.</param>
/// <param name="Generating">How long they took.</param>
/// <param name="LongestGap">The longest of their gaps.</param>
internal readonly record struct AttemptLatency(int Tokens, TimeSpan Generating, TimeSpan LongestGap);

/// <summary>How fast a replica answered lately: the last attempts, as they were. Thread-safe.</summary>
internal sealed class ObservedLatency
{
    /// <summary>Attempts remembered.</summary>
    public const int Kept = 64;

    /// <summary>Attempts after which they are added up anew.</summary>
    private const int Between = 8;

    private readonly Lock _lock = new();
    private readonly FirstTokenSample[] _firsts = new FirstTokenSample[Kept];
    private readonly AttemptLatency[] _latencies = new AttemptLatency[Kept];
    private int _firstCount;
    private int _latencyCount;
    private LatencyFigures? _figures;

    /// <summary>What they come to; null when too few were seen. At most <see cref="Between"/> attempts old.</summary>
    public LatencyFigures? Figures => Volatile.Read(ref _figures);

    /// <summary>An attempt ended.</summary>
    public void Saw(in AttemptReport report)
    {
        // Left out, those that were too slow would make the others look ever faster, and more and more of them too slow.
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
