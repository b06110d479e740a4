using System.Globalization;

namespace Clawdbot.Bench.Measure;

/// <summary>Processor time and memory of a process and its children, as Linux counts them (proc(5)).</summary>
internal static class ProcessCost
{
    private const double TicksPerSecond = 100; // USER_HZ, on every Linux that .NET runs on

    /// <summary>Seconds of processor time so far, in user and kernel mode.</summary>
    public static double Seconds(int pid) => Tree(pid).Sum(p => Stat(p) is { } s
        ? (long.Parse(s[11], CultureInfo.InvariantCulture) + long.Parse(s[12], CultureInfo.InvariantCulture)) / TicksPerSecond
        : 0);

    /// <summary>Resident memory, bytes.</summary>
    public static long Memory(int pid) => Tree(pid).Sum(p => File.ReadLines($"/proc/{p}/status")
        .Where(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Sum(l => long.Parse(l.AsSpan(6, l.Length - 9).Trim(), CultureInfo.InvariantCulture) << 10));

    private static List<int> Tree(int pid) =>
    [
        pid,
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(n => int.TryParse(n, CultureInfo.InvariantCulture, out _)).Select(n => int.Parse(n!, CultureInfo.InvariantCulture))
            .Where(p => Stat(p) is { } s && int.Parse(s[1], CultureInfo.InvariantCulture) == pid),
    ];

    /// <summary>The fields behind the name, which may hold blanks: state, parent, and so on.</summary>
    private static string[]? Stat(int pid)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{pid}/stat");
            return line[(line.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null; // it ended meanwhile
        }
    }
}
