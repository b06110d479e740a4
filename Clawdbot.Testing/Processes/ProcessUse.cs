using System.Globalization;

namespace Clawdbot.Testing.Processes;

/// <summary>What a process holds at a moment.</summary>
/// <param name="Memory">Resident bytes.</param>
/// <param name="Descriptors">Open ones: files, sockets, pipes.</param>
/// <param name="Threads">How many.</param>
internal readonly record struct ProcessUse(long Memory, int Descriptors, int Threads)
{
    /// <summary>Null where there is no such process any more, or no <c>/proc</c>.</summary>
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
