using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Health;

/// <summary>The speed of one attempt.</summary>
/// <param name="At">When the attempt ended.</param>
/// <param name="Size">Size of its prompt, as an index of <see cref="SpeedRecord.Sizes"/>.</param>
/// <param name="FirstToken">Seconds to the first token.</param>
/// <param name="Outrun">
/// Whether no token came because another replica, asked later, had one sooner: it would have taken longer than
/// <paramref name="FirstToken"/>.
/// </param>
/// <param name="PerToken">Seconds between tokens; NaN when there were too few.</param>
/// <param name="Share">Load of the replica: requests there divided by its capacity.</param>
internal readonly record struct SpeedSample(MonotonicTime At, int Size, double FirstToken, bool Outrun, double PerToken, double Share);

/// <summary>What a replica's speed was lately, by one measure.</summary>
/// <param name="Count">Number of samples.</param>
/// <param name="Quick">Their lower quartile, in seconds: a replica that is slow as such is slow even there.</param>
/// <param name="Middle">Their median, in seconds.</param>
/// <param name="Share">Mean load of the replica: requests there divided by its capacity.</param>
/// <param name="Outrun">Share of attempts, 0 to 1, that another replica, asked later, answered sooner.</param>
internal readonly record struct Typical(int Count, double Quick, double Middle, double Share, double Outrun = 0);

/// <summary>How fast a replica's last attempts were. Called under the monitor's lock.</summary>
internal sealed class SpeedRecord
{
    /// <summary>Upper limits, in tokens, of the classes of prompt size; attempts are compared only within a class.</summary>
    public static readonly int[] Sizes = [512, 2048, 8192, int.MaxValue];

    /// <summary>Number of measures: the time to the first token for each size of prompt, and last the time between tokens.</summary>
    public static readonly int Measures = Sizes.Length + 1;

    /// <summary>Age up to which attempts count.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private const int Kept = 64;
    private const int FewestTokens = 8;

    private readonly SpeedSample[] _samples = new SpeedSample[Kept];
    private int _count;

    /// <summary>Adds an attempt that ended, if it had a first token or was outrun.</summary>
    public void Saw(in AttemptReport report, double share, MonotonicTime now)
    {
        if ((report.FirstToken ?? report.InVain) is not { } first)
            return;
        var perToken = report.Tokens >= FewestTokens ? report.Generating.TotalSeconds / (report.Tokens - 1) : double.NaN;
        var size = 0;
        while (report.Prompt.Tokens > Sizes[size])
            size++;
        _samples[_count++ % Kept] = new(now, size, first.TotalSeconds, report.FirstToken is null, perToken, share);
    }

    /// <summary>Discards all attempts, because the replica has another process or was ejected.</summary>
    public void Forget() => _count = 0;

    /// <summary>The speed lately, for each measure.</summary>
    public Typical[] Lately(MonotonicTime now)
    {
        var recent = _samples.Take(Math.Min(_count, Kept)).Where(s => now - s.At <= Window).ToList();
        return [.. Enumerable.Range(0, Sizes.Length).Select(size => FirstTokens([.. recent.Where(s => s.Size == size)])),
            Of(recent.Where(s => !double.IsNaN(s.PerToken)), s => s.PerToken)];
    }

    private static Typical FirstTokens(List<SpeedSample> like) => Of(like, s => FirstToken(s, like));

    /// <summary>
    /// Seconds to the first token. For an attempt that was outrun they are not known: then the median of the attempts that took longer, or
    /// what was waited for it if there are none.
    /// </summary>
    private static double FirstToken(SpeedSample sample, List<SpeedSample> like)
    {
        if (!sample.Outrun)
            return sample.FirstToken;
        var longer = like.Where(s => !s.Outrun && s.FirstToken > sample.FirstToken).Select(s => s.FirstToken).Order().ToList();
        return longer.Count == 0 ? sample.FirstToken : longer[longer.Count / 2];
    }

    private static Typical Of(IEnumerable<SpeedSample> samples, Func<SpeedSample, double> value)
    {
        var list = samples.ToList();
        if (list.Count == 0)
            return default;
        var sorted = list.Select(value).Order().ToList();
        return new(sorted.Count, sorted[sorted.Count / 4], sorted[sorted.Count / 2],
            list.Average(s => s.Share), list.Average(s => s.Outrun ? 1.0 : 0));
    }
}
