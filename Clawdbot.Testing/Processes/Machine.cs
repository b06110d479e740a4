using System.Globalization;
using System.Runtime.InteropServices;

namespace Clawdbot.Testing.Processes;

/// <summary>The machine that this process runs on.</summary>
internal static class Machine
{
    /// <summary>Processors, memory, operating system and runtime, in one line.</summary>
    public static string Description => string.Create(CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, "
        + $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");

    /// <summary>Processor time since the machine started, in ticks of the kernel; null where there is no <c>/proc/stat</c>.</summary>
    public static (long Busy, long All)? Clock()
    {
        if (!File.Exists("/proc/stat"))
            return null;
        // cpu user nice system idle iowait irq softirq steal ...: proc(5)
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Take(8).Select(t => long.Parse(t, CultureInfo.InvariantCulture)).ToList();
        var all = ticks.Sum();
        return (all - ticks[3] - ticks[4], all);
    }

    /// <summary>Share of all processors that was busy since <paramref name="before"/>, 0 to 1; NaN where it isn't known.</summary>
    public static double BusySince((long Busy, long All)? before) =>
        before is { } then && Clock() is { } now && now.All > then.All ? (now.Busy - then.Busy) / (double)(now.All - then.All) : double.NaN;
}
