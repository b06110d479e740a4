using Clawdbot.Drill.Processes;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.AppHost;

/// <summary>What is checked in as generated is what the application host generates today, byte for byte.</summary>
public sealed class PublishTests
{
    [Fact]
    public async Task The_manifest_is_current()
    {
        // Beside the one that is checked in: its paths are relative to where it lies.
        var made = Path.Combine(Repository.Root, "aspire-manifest.made-by-test.json");
        try
        {
            await PublishAsync("publish-manifest", made);
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "aspire-manifest.json")), await File.ReadAllTextAsync(made));
        }
        finally
        {
            File.Delete(made);
        }
    }

    [Theory]
    [InlineData("compose")]
    [InlineData("kubernetes")]
    public async Task The_published_form_is_current(string target)
    {
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Repository.Program("Clawdbot.AppHost"))!, "Aspire.Hosting.Docker.dll")),
            "Clawdbot.AppHost was built without its publishers; -p:Publishing=true includes them.");
        var folder = Directory.CreateTempSubdirectory("clawdbot-publish-");
        try
        {
            await PublishAsync("publish", folder.FullName, $"--Target={target}", "--Replicas:Engine=vllm");
            Assert.Equal(Files(Path.Combine(Repository.Root, "deploy", target)), Files(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--Replicas:Engine=vlm --Replicas:Count=0", "Replicas:Engine is 'vlm'; use one of embedded, vllm, sglang, llamacpp, ollama. Replicas:Count is '0'; use a number from 1 to 64.")]
    [InlineData("--Replicas:Engine=vllm --Replicas:Count=3 --Replicas:Gpus=0,1,1", "Replicas:Gpus names 2 different GPUs for 3 replicas; each needs one of its own.")]
    [InlineData("--Target=swarm", "Target is 'swarm'; use compose or kubernetes, or leave it out for the manifest.")]
    public async Task A_mistake_is_named_with_what_to_do(string arguments, string message)
    {
        await using var host = RunningProgram.Begin(Repository.Program("Clawdbot.AppHost"),
            ["--operation", "publish", "--step", "publish", "--output-path", "/nowhere", .. arguments.Split(' ')]);
        await host.Exited.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        Assert.NotEqual(0, host.ExitCode);
        Assert.Contains(message, host.Output, StringComparison.Ordinal);
    }

    private static async Task PublishAsync(string step, string output, params string[] arguments)
    {
        await using var host = RunningProgram.Begin(Repository.Program("Clawdbot.AppHost"),
            ["--operation", "publish", "--step", step, "--output-path", output, .. arguments],
            environment: new Dictionary<string, string>
            {
                ["ASPIRE_INTERACTIVITY_ENABLED"] = "false", // a parameter without a value is left blank, not asked for
                ["HOME"] = Path.GetTempPath(), // where values of parameters are kept
            });
        await host.Exited.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System);
        Assert.True(host.ExitCode == 0, host.Output);
    }

    private static SortedDictionary<string, string> Files(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "README.md") // the one that is written by hand
            .ToDictionary(path => Path.GetRelativePath(folder, path), File.ReadAllText), StringComparer.Ordinal);
}
