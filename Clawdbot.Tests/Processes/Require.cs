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
