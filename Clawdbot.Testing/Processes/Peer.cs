namespace Clawdbot.Testing.Processes;

/// <summary>A program of somebody else's that is measured beside ours.</summary>
internal static class Peer
{
    /// <summary>Where it is; null where it isn't.</summary>
    public static string? TryFind(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/usr/local/sbin"])
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Where it is.</summary>
    /// <exception cref="FileNotFoundException">It isn't there; the message says what to install.</exception>
    public static string Find(string name) => TryFind(name)
        ?? throw new FileNotFoundException(
            $"{name} is not installed, and there is nothing to compare with. On Debian: apt-get install {name}.");
}
