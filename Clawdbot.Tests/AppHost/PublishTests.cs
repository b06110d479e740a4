using System.Net;
using System.Net.Sockets;
using Clawdbot.Testing.Processes;
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
        Assert.SkipUnless(HasPublishers, "Clawdbot.AppHost was built without -p:Publishing=true, which needs packages that not every feed has.");
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
    [InlineData("--Replicas:Engine=vlm --Replicas:Count=0",
        "Replicas:Engine is 'vlm'; use one of embedded, vllm, sglang, llamacpp, ollama.\nReplicas:Count is '0'; use a number from 1 to 64.")]
    [InlineData("--Replicas:Engine=vllm --Replicas:Count=3 --Replicas:Gpus=0,1,1", "Replicas:Gpus names 2 different GPUs for 3 replicas; each needs one of its own.")]
    [InlineData("--Replicas:Cuont=3 --Replicas:Most=1",
        "Replicas:Cuont is not known; section Replicas has Engine, Count, Most, Gpus, Models.\nReplicas:Most is '1'; use a number from 2 to 64.")]
    [InlineData("--Target=swarm", "Target is 'swarm'; use compose or kubernetes, or leave it out for the manifest.")]
    public async Task A_mistake_is_named_with_what_to_do(string arguments, string message) =>
        Assert.Contains(message, await RefusedAsync(["--operation", "publish", "--step", "publish", "--output-path", "/nowhere", .. arguments.Split(' ')]), StringComparison.Ordinal);

    [Theory]
    [InlineData("--Containers=perhaps", "Containers is 'perhaps'; use true or false, or leave it out: then containers are used where a container engine answers.")]
    [InlineData("--Containers=true", "Containers=true, but no container engine answers (`no-such-engine ps` failed). Start it, or leave Containers out: then installed programs are used instead.")]
    [InlineData("--Replicas:Engine=vllm", "Replicas:Engine=vllm runs in containers, and no container engine answers (`no-such-engine ps` failed). Start it, or use Replicas:Engine=embedded.")]
    public async Task A_wish_that_this_machine_cannot_fulfil_is_refused(string arguments, string message) =>
        Assert.Contains(message, await RefusedAsync(arguments.Split(' '), ("ASPIRE_CONTAINER_RUNTIME", "no-such-engine")), StringComparison.Ordinal);

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        Assert.Contains($"Port {port} is taken, and Nginx is to listen there", await RefusedAsync([$"--Ports:Nginx={port}", "--Containers=false"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compose")]
    [InlineData("kubernetes")]
    public async Task Without_the_publishers_packages_one_sentence_says_how_to_get_them(string target)
    {
        Assert.SkipWhen(HasPublishers, "Clawdbot.AppHost was built with its publishers.");
        Assert.Contains($"This build publishes only the manifest; add -p:Publishing=true for --Target={target}",
            await RefusedAsync(["--operation", "publish", "--step", "publish", "--output-path", "/nowhere", $"--Target={target}"]), StringComparison.Ordinal);
    }

    private static bool HasPublishers => File.Exists(Path.Combine(Path.GetDirectoryName(Repository.Program("Clawdbot.AppHost"))!, "Aspire.Hosting.Docker.dll"));

    /// <summary>What the application host says before it ends with code 2.</summary>
    private static async Task<string> RefusedAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        await using var host = RunningProgram.Begin(Repository.Program("Clawdbot.AppHost"), arguments, environment: environment.ToDictionary(e => e.Name, e => e.Value));
        await host.Exited.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        Assert.Equal(2, host.ExitCode);
        return host.Output;
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
