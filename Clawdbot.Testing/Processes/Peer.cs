namespace Clawdbot.Testing.Processes;

/// <summary>Finds programs of others that are compared with ours.</summary>
internal static class Peer
{
    /// <summary>Path of the program; null when it is not installed.</summary>
    public static string? TryFind(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/usr/local/sbin"])
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Path of the program.</summary>
    /// <exception cref="FileNotFoundException">It is not installed; the message says what to install.</exception>
    public static string Find(string name) => TryFind(name)
        ?? throw new FileNotFoundException(
            $"{name} is not installed, and there is nothing to compare with. On Debian: apt-get install {name}.");
}
