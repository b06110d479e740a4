using System.Globalization;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>One process as <c>/proc/PID/stat</c> has it: proc(5).</summary>
/// <param name="Id">Process id.</param>
/// <param name="State"><c>R</c>, <c>S</c>, <c>D</c>, <c>T</c> (stopped), <c>t</c> (traced), <c>Z</c> ...</param>
/// <param name="Parent">Its parent's id.</param>
/// <param name="Session">Id of its session.</param>
/// <param name="Started">Clock ticks from the machine's start: tells it from a later process with the same id.</param>
/// <param name="ResidentBytes">Memory that it holds, in bytes.</param>
internal sealed record ProcessStat(int Id, char State, int Parent, int Session, long Started, long ResidentBytes)
{
    /// <summary>Whether it has ended and its parent has not read its exit code.</summary>
    public bool IsZombie => State is 'Z' or 'X';

    /// <summary>Whether it is stopped, until somebody continues it.</summary>
    public bool IsStopped => State is 'T' or 't';

    /// <summary>Every process of the machine.</summary>
    public static IEnumerable<ProcessStat> All() => Directory.EnumerateDirectories("/proc").Select(InFolder).OfType<ProcessStat>();

    /// <summary>Reads one process; null when there is none.</summary>
    public static ProcessStat? Read(int id)
    {
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat")));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null; // it ended meanwhile
        }
    }

    /// <summary>Reads a line of <c>stat</c>; null when it is none.</summary>
    public static ProcessStat? Parse(string line)
    {
        // The second field is the program's name in brackets, and may hold blanks and brackets itself.
        var nameEnd = line.LastIndexOf(')');
        var first = line.AsSpan(0, Math.Max(0, line.IndexOf(' ')));
        if (nameEnd < 0 || !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return null;
        var fields = line[(nameEnd + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries); // begins with field 3
        return fields.Length > 21
            ? new ProcessStat(id, fields[0][0], (int)Number(fields[1]), (int)Number(fields[3]), Number(fields[19]),
                Number(fields[21]) * Environment.SystemPageSize)
            : null;
    }

    /// <summary>The process of a folder of <c>/proc</c>; null when the folder is no process's.</summary>
    private static ProcessStat? InFolder(string folder) =>
        int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Read(id) : null;

    private static long Number(string field) => long.TryParse(field, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
