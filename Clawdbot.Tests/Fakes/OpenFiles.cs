namespace Clawdbot.Tests.Fakes;

/// <summary>What a process has open, as the kernel tells it. Linux only; elsewhere a test is skipped.</summary>
internal static class OpenFiles
{
    /// <summary>Descriptors and mappings of files in a folder, deleted ones included.</summary>
    public static string[] Of(int process, string folder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "This needs /proc.");
        return
        [
            .. Directory.GetFiles($"/proc/{process}/fd").Select(Target).Concat(File.ReadAllLines($"/proc/{process}/maps"))
                .Where(line => line.Contains(folder + "/", StringComparison.Ordinal)),
        ];
    }

    private static string Target(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName ?? "";
        }
        catch (IOException)
        {
            return ""; // closed meanwhile
        }
    }
}
