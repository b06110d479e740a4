using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;
using Xunit;
using YamlDotNet.Serialization;

namespace Clawdbot.Tests.Deploy;

/// <summary>The published Compose file.</summary>
public sealed class ComposeTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "compose");

    private static readonly Dictionary<string, ComposeService> Services = new DeserializerBuilder()
        .IgnoreUnmatchedProperties().Build()
        .Deserialize<ComposeDocument>(File.ReadAllText(Path.Combine(Folder, "docker-compose.yaml"))).Services;

    [Fact]
    public async Task Docker_compose_accepts_it()
    {
        var compose = Require.Program("/usr/bin/docker-compose", "docker-compose");
        await using var program = RunningProgram.Begin(compose, ["--project-directory", Folder, "-f", Path.Combine(Folder, "docker-compose.yaml"), "config", "-q"],
            environment: new Dictionary<string, string> { ["NFS_SERVER"] = "10.0.0.9" });
        await program.Exited.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        Assert.True(program.ExitCode == 0, program.Output);
    }

    [Fact]
    public void Each_replica_has_a_GPU_of_its_own_and_the_limits_of_the_original_document()
    {
        var replicas = Services.Where(s => s.Key.StartsWith("replica-", StringComparison.Ordinal)).Select(s => s.Value).ToList();
        Assert.Equal(2, replicas.Count);
        Assert.Equal(replicas.Count, replicas.SelectMany(r => r.devices).Distinct().Count());
        Assert.All(replicas, r =>
        {
            Assert.StartsWith("nvidia.com/gpu=", Assert.Single(r.devices), StringComparison.Ordinal);
            Assert.Equal(("8", "16G"), (r.deploy!["resources"]["limits"]["cpus"], r.deploy["resources"]["limits"]["memory"]));
            Assert.Contains(r.volumes, v => v["target"] == "/models" && v["read_only"] == "true");
        });
    }

    [Fact]
    public void Only_Nginx_is_reachable_from_other_machines()
    {
        foreach (var (name, service) in Services)
            Assert.All(service.ports, port => Assert.True(name == "nginx" || port.StartsWith("127.0.0.1:", StringComparison.Ordinal), $"{name} {port}"));
        Assert.Equal(["80:8000"], Services["nginx"].ports);
    }

    [Fact]
    public void Whoever_is_stopped_has_longer_than_what_he_has_to_finish()
    {
        Assert.All(Services, s => Assert.Equal("always", s.Value.restart));
        var grace = Services.ToDictionary(s => s.Key, s => int.Parse((s.Value.stop_grace_period ?? "10s").TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(grace["replica-0"] > 120 + 10, "a shim drains for Drain:TimeoutSeconds, 120 s, and stops within 10 more");
        Assert.True(grace["gateway-0"] > 150, "a gateway finishes for 150 s");
        Assert.True(grace["nginx"] > grace["gateway-0"]);
    }

    [Fact]
    public void Whoever_serves_has_a_health_check() =>
        Assert.All(Services.Where(s => s.Key.StartsWith("replica-", StringComparison.Ordinal) || s.Key.StartsWith("gateway-", StringComparison.Ordinal) || s.Key == "nginx"),
            s => Assert.NotNull(s.Value.healthcheck));

    [Fact]
    public void Secrets_are_files_and_no_value_is_in_the_environment() =>
        Assert.All(Services.Values.SelectMany(s => s.environment).Where(v => IsSecret(v.Key)),
            v => Assert.True(v.Value.StartsWith("/run/secrets/", StringComparison.Ordinal) || v.Value.StartsWith("${", StringComparison.Ordinal), $"{v}"));

    private static bool IsSecret(string name) =>
        name.Contains("Secret", StringComparison.Ordinal) || name.Contains("PASSWORD", StringComparison.Ordinal) || name.Contains("Sha256", StringComparison.Ordinal);

#pragma warning disable CA1812, IDE1006 // made by the deserializer, named as in the file
    private sealed class ComposeDocument
    {
        [YamlMember(Alias = "services")]
        public Dictionary<string, ComposeService> Services { get; set; } = [];
    }

    private sealed class ComposeService
    {
        public List<string> devices { get; set; } = [];
        public List<string> ports { get; set; } = [];
        public Dictionary<string, Dictionary<string, Dictionary<string, string>>>? deploy { get; set; }
        public List<Dictionary<string, string>> volumes { get; set; } = [];
        public string? restart { get; set; }
        public string? stop_grace_period { get; set; }
        public object? healthcheck { get; set; }
        public Dictionary<string, string> environment { get; set; } = [];
    }
#pragma warning restore CA1812, IDE1006
}
