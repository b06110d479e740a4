using System.Diagnostics;
using System.Globalization;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Fakes;

/// <summary>A file system that is soon full.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-disk-");

    public SmallDisk(int megabytes)
    {
        Require.Root();
        if (Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", Folder) == 0)
            return;
        _folder.Delete();
        Assert.Skip("This needs to mount a file system.");
    }

    public string Folder => _folder.FullName;

    public void Dispose()
    {
        Run("umount", "-l", Folder);
        _folder.Delete();
    }

    private static int Run(params string[] command)
    {
        using var process = Process.Start(command[0], command[1..])!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
