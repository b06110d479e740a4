namespace Clawdbot.Drill.Resources;

/// <summary>What a process used over a run.</summary>
/// <param name="Process">Such as <c>gateway-0</c>.</param>
/// <param name="Lives">Processes that there were under this name.</param>
/// <param name="Memory">Resident bytes.</param>
/// <param name="Heap">Bytes of the garbage-collected heap.</param>
/// <param name="Descriptors">Open file descriptors.</param>
/// <param name="Threads">Number of threads.</param>
internal sealed record Trend(string Process, int Lives, Thirds Memory, Thirds Heap, Thirds Descriptors, Thirds Threads)
{
    private const double MemoryNoise = 8 << 20;
    private const double DescriptorNoise = 10;
    private const double ThreadNoise = 4;

    /// <summary>
    /// The greatest growth of memory, descriptors and threads, percent; NaN for a process that did not live through the run. The heap is
    /// part of the memory.
    /// </summary>
    public double Growth => Lives > 1 ? double.NaN
        : new[] { Memory.Growth(MemoryNoise), Descriptors.Growth(DescriptorNoise), Threads.Growth(ThreadNoise) }
            .Where(g => !double.IsNaN(g)).DefaultIfEmpty(double.NaN).Max();

    /// <summary>Computes the trend of each process.</summary>
    /// <param name="samples">Samples of all processes.</param>
    /// <param name="length">Length of the run, milliseconds.</param>
    public static IReadOnlyList<Trend> Of(IEnumerable<UseSample> samples, double length) =>
    [
        .. samples.GroupBy(s => s.Process).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new Trend(
            g.Key, g.Select(s => s.Pid).Distinct().Count(), Over(g, s => s.Use.Memory, length), Over(g, s => s.Heap, length),
            Over(g, s => s.Use.Descriptors, length), Over(g, s => s.Use.Threads, length))),
    ];

    private static Thirds Over(IEnumerable<UseSample> samples, Func<UseSample, double?> value, double length) =>
        Thirds.Of([.. samples.Where(s => value(s) is not null).Select(s => (s.At, value(s)!.Value))], length);
}
