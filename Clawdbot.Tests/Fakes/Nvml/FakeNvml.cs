using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Fakes.Nvml;

/// <summary>A <c>libnvidia-ml.so.1</c> of a test's own: <c>nvml.c</c>, compiled with the folder that its numbers lie in.</summary>
internal sealed class FakeNvml : IDisposable
{
    public const string First = "GPU-11111111-aaaa-bbbb-cccc-000000000001";
    public const string Second = "GPU-22222222-aaaa-bbbb-cccc-000000000002";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-nvml-");

    private FakeNvml() => Set(new FakeGpu(First), new FakeGpu(Second));

    /// <summary>Where it is.</summary>
    public string Library => In("libnvidia-ml.so.1");

    /// <summary>Compiles one with two devices.</summary>
    /// <param name="old">A driver that lacks what came later.</param>
    public static async Task<FakeNvml> BuildAsync(bool old = false)
    {
        var gcc = Require.Program("/usr/bin/gcc", "gcc libc6-dev");
        var fake = new FakeNvml();
        var source = Path.Combine(Repository.Root, "Clawdbot.Tests", "Fakes", "Nvml", "nvml.c");
        await using var compiler = RunningProgram.Begin(gcc,
            ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", $"-DDIR=\"{fake._folder.FullName}\"",
                .. old ? ["-DOLD"] : Array.Empty<string>(), "-o", fake.Library, source]);
        await compiler.Exited.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        Assert.True(compiler.ExitCode == 0, compiler.Output);
        return fake;
    }

    /// <summary>Says what the devices are.</summary>
    public void Set(params FakeGpu[] gpus)
    {
        File.WriteAllLines(In("gpus.new"), gpus.Select(g => g.ToString()));
        File.Move(In("gpus.new"), In("gpus"), overwrite: true);
    }

    /// <summary>A device reports an XID.</summary>
    public void Report(int device, int xid) => File.AppendAllText(In("xids"), $"{device} {xid}\n");

    /// <summary>What its initialisation returns: 9 when the driver is not loaded.</summary>
    public void FailToStart(int result) => File.WriteAllText(In("init"), $"{result}\n");

    public void Dispose() => _folder.Delete(recursive: true);

    private string In(string file) => Path.Combine(_folder.FullName, file);
}
