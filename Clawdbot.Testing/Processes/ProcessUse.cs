using System.Globalization;

namespace Clawdbot.Testing.Processes;

/// <summary>What a process uses at a moment.</summary>
/// <param name="Memory">Resident bytes.</param>
/// <param name="Descriptors">Open file descriptors: files, sockets, pipes.</param>
/// <param name="Threads">Number of threads.</param>
internal readonly record struct ProcessUse(long Memory, int Descriptors, int Threads)
{
    /// <summary>Reads it from <c>/proc</c>; null when there is no such process, or no <c>/proc</c>.</summary>
    public static ProcessUse? Of(int pid)
    {
        try
        {
            var status = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"));
            var descriptors = Directory.EnumerateFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fd")).Count();
            return new ProcessUse(1024 * Number(status, "VmRSS:"), descriptors, (int)Number(status, "Threads:"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Number(string[] status, string name)
    {
        if (status.FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) is not { } line)
            return 0;
        var words = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return long.Parse(words[0], CultureInfo.InvariantCulture);
    }
}
