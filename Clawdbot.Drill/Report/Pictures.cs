using System.Globalization;
using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Report;

/// <summary>The pictures of a report. All contenders get the same axes, so that they can be compared by eye.</summary>
internal sealed class Pictures(IReadOnlyList<Figures> runs)
{
    private const int MostPoints = 240;
    private const int Bins = 48;

    private static readonly (string Style, Func<Second, int> Count)[] Outcomes =
        [("right", s => s.Right), ("refused", s => s.Refused), ("failed", s => s.Failed), ("quiet", s => s.Quiet)];

    private readonly double _length = runs.Max(r => r.Run.Length) / 1000;
    private readonly Axis _time = Axis.Linear(runs.Max(r => r.Run.Length) / 1000, " s");
    private readonly Axis _latency = Axis.Durations(
        runs.SelectMany(r => r.Seconds).Select(s => s.P50).Where(double.IsFinite).DefaultIfEmpty(1).Min(),
        runs.SelectMany(r => r.Seconds).Select(s => s.P99).Where(double.IsFinite).DefaultIfEmpty(10).Max());

    /// <summary>Draws requests per second by outcome, with the right ones at the bottom, and marks the faults above.</summary>
    public string Availability(Figures figures)
    {
        var most = runs.SelectMany(r => r.Seconds).Max(s => s.Right + s.Refused + s.Failed + s.Quiet);
        var svg = new Svg($"{figures.Run.Contender}: requests per second by outcome", _time, Axis.Linear(most, "/s"));
        var step = Step;
        foreach (var (at, these) in figures.Seconds.Chunk(step).Select((s, i) => (i * step, s)))
        {
            var from = 0.0;
            foreach (var (style, count) in Outcomes)
            {
                var height = these.Average(count);
                svg.Bar(at, at + these.Length, from, from + height, style);
                from += height;
            }
        }
        return Marked(svg, figures);
    }

    /// <summary>Draws median and P99 of the first token, second by second.</summary>
    public string Latency(Figures figures)
    {
        var svg = new Svg($"{figures.Run.Contender}: first token, P50 and P99 over time", _time, _latency);
        var points = figures.Seconds.Chunk(Step)
            .Select((s, i) => ((i + 0.5) * Step, P50: Worst(s, x => x.P50), P99: Worst(s, x => x.P99))).ToList();
        svg.Line(points.Select(p => (p.Item1, p.P99)), "p99");
        svg.Line(points.Select(p => (p.Item1, p.P50)), "p50");
        return Marked(svg, figures);
    }

    /// <summary>Draws how often each duration in milliseconds was seen; null when none was.</summary>
    public string? Distribution(string title, Figures figures, Func<Figures, IEnumerable<double>> durations)
    {
        var values = durations(figures).ToList();
        if (values.Count == 0)
            return null;
        var all = runs.SelectMany(durations).ToList();
        var axis = Axis.Durations(all.Min(), all.Max());
        var most = runs.Select(r => InBins(durations(r), axis).Select(b => b.Count).DefaultIfEmpty(0).Max()).Max();
        var (first, last) = (Math.Log10(axis.Ticks[0].Value), Math.Log10(axis.Ticks[^1].Value));
        double Edge(int bin) => Math.Pow(10, first + ((last - first) * bin / Bins));
        var svg = new Svg($"{figures.Run.Contender}: {title}", axis, Axis.Linear(most));
        foreach (var (bin, count) in InBins(values, axis))
            svg.Bar(Edge(bin), Edge(bin + 1), 0, count, "bin");
        var percentiles = new Percentiles(values);
        svg.Upright(percentiles.At(50), $"P50 {Words.Milliseconds(percentiles.At(50))}");
        if (axis.Place(percentiles.At(99)) - axis.Place(percentiles.At(50)) > 0.15)
            svg.Upright(percentiles.At(99), $"P99 {Words.Milliseconds(percentiles.At(99))}");
        return svg.ToString();
    }

    private static IEnumerable<(int Bin, int Count)> InBins(IEnumerable<double> values, Axis axis) =>
        values.GroupBy(v => Math.Min(Bins - 1, (int)(axis.Place(v) * Bins))).Select(g => (g.Key, g.Count()));

    private int Step => Math.Max(1, (int)Math.Ceiling(_length / MostPoints));

    private static double Worst(IEnumerable<Second> seconds, Func<Second, double> value) =>
        seconds.Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();

    private static string Marked(Svg svg, Figures figures)
    {
        foreach (var fault in figures.Run.Faults)
        {
            var at = fault.At / 1000;
            svg.Mark(at, string.Create(CultureInfo.InvariantCulture, $"{fault.Fault} {fault.Target} at {at:0.0} s"));
        }
        return svg.ToString();
    }
}
