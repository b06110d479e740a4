using Xunit;

namespace Clawdbot.Tests.Processes;

/// <summary>
/// What a test needs from the machine. Where it is missing the test is skipped and says so, except where
/// <c>CLAWDBOT_REQUIRE=all</c> promises that everything is there: then a missing program is a failure.
/// </summary>
internal static class Require
{
    /// <summary>The path of a program that is no part of the repository.</summary>
    /// <param name="path">Where Debian has it.</param>
    /// <param name="package">The Debian package that brings it.</param>
    public static string Program(string path, string package)
    {
        if (!File.Exists(path))
            Missing($"{path} is missing; apt-get install {package} brings it.");
        return path;
    }

    /// <summary>
    /// The path of a program that no Debian package brings: the test is skipped without it, whatever <c>CLAWDBOT_REQUIRE</c> promises.
    /// </summary>
    /// <param name="program">Its name, which is looked for in the folders of <c>PATH</c>.</param>
    /// <param name="variable">The environment variable that may name its path instead.</param>
    public static string Unpackaged(string program, string variable)
    {
        var found = Find(program, variable);
        if (found is null)
            Assert.Skip($"There is no {program} on the PATH, and {variable} names none.");
        return found;
    }

    /// <summary>The same for fixtures, which can't skip their tests; null where it is missing.</summary>
    public static string? Find(string program, string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named)
        {
            Assert.True(File.Exists(named), $"{variable} names {named}, and there is no such file.");
            return Path.GetFullPath(named);
        }
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }

    /// <summary>Linux and its root: namespaces are made by nobody else.</summary>
    public static void Root()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Missing("This needs root on Linux.");
    }

    private static void Missing(string what)
    {
        if (Environment.GetEnvironmentVariable("CLAWDBOT_REQUIRE") == "all")
            Assert.Fail($"{what} CLAWDBOT_REQUIRE=all says that it must be there.");
        Assert.Skip(what);
    }
}
