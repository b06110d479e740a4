using System.Globalization;
using Aspire.Hosting.Docker;
using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace Clawdbot.AppHost.Publishing;

/// <summary>What Compose needs to be told beyond the model.</summary>
internal static class ComposeExtensions
{
    private const string Models = "models";

    /// <summary>Adds the Compose environment. It has no Aspire dashboard: that would be a second door, without a lock.</summary>
    public static void AddComposeTarget(this IDistributedApplicationBuilder builder)
    {
        foreach (var resource in builder.Resources.OfType<IComputeResource>().ToList())
            builder.CreateResourceBuilder(resource).PublishAsDockerComposeService((_, service) => Complete(service, resource));
        builder.AddDockerComposeEnvironment("compose")
            .WithDashboard(false)
            .WithProperties(environment => environment.DefaultNetworkName = "default")
            .ConfigureComposeFile(Complete)
            .ConfigureEnvFile(DropUnused);
    }

    /// <summary>What each resource is, beyond the model.</summary>
    private static void Complete(Service service, IComputeResource resource)
    {
        foreach (var directory in resource.Annotations.OfType<ConfigDirectoryAnnotation>())
            service.WithConfigDirectory(directory);
        foreach (var secrets in resource.Annotations.OfType<SecretFilesAnnotation>())
            service.WithSecretFiles(secrets);
        switch (resource)
        {
            case ProjectResource project when project.GetProjectMetadata() is Projects.Clawdbot_Gateway:
                service.OnNetworks("edge", "fleet")
                    .AlwaysRunning(stopGrace: TimeSpan.FromSeconds(165)) // a planned stop finishes what runs, for up to 150 s
                    .Probed(GatewayExtensions.PublicPort, startup: TimeSpan.FromSeconds(30))
                    .Image = "clawdbot-gateway:${CLAWDBOT_TAG:-latest}";
                break;
            case ProjectResource:
                service.AsReplica().Limited(memory: "4G").Image = "clawdbot-shim:${CLAWDBOT_TAG:-latest}";
                break;
            case InferenceReplicaResource replica:
                service.AsReplica().OnGpu(replica.Gpu).Limited(memory: "16G", cpus: 8)
                    .Image = $"clawdbot-{replica.Engine}:${{CLAWDBOT_TAG:-latest}}";
                break;
            case NginxResource:
                service.OnNetworks("edge", "default")
                    .AlwaysRunning(stopGrace: TimeSpan.FromSeconds(170)) // longer than the gateways behind it
                    .Probed(8082, startup: TimeSpan.FromSeconds(10), path: "/nginx/health")
                    .StopSignal = "SIGQUIT"; // finish what runs
                break;
            case PrometheusResource:
                service.OnNetworks("default", "edge", "fleet").AlwaysRunning().Keeping("prometheus-data", "/prometheus");
                break;
            case GrafanaResource: // from this host only: whoever operates it comes by SSH or port forward
                service.AlwaysRunning().Ports.Add("127.0.0.1:3000:3000");
                break;
            default:
                service.AlwaysRunning();
                break;
        }
    }

    private static Service AsReplica(this Service service) => service
        .OnNetworks("fleet")
        .AlwaysRunning(stopGrace: TimeSpan.FromSeconds(150)) // the shim drains for up to 120 s
        .Probed(port: 8000, startup: TimeSpan.FromMinutes(10));

    private static void WithConfigDirectory(this Service service, ConfigDirectoryAnnotation directory) => service.AddVolume(new Volume
    {
        Name = directory.Source,
        Type = "bind",
        Source = Path.GetRelativePath("deploy/compose", directory.Source),
        Target = directory.Target,
        ReadOnly = true,
    });

    /// <summary>
    /// Networks besides the one that every service has: <c>edge</c> (Nginx, gateways), <c>fleet</c> (gateways, replicas; no way out).
    /// </summary>
    private static Service OnNetworks(this Service service, params string[] networks)
    {
        service.Networks = [.. networks];
        return service;
    }

    /// <summary>Restarted whenever it ends, and given time to finish when it is stopped.</summary>
    private static Service AlwaysRunning(this Service service, TimeSpan? stopGrace = null)
    {
        service.Restart = "always";
        service.StopGracePeriod = stopGrace is { } grace ? Seconds(grace) : null;
        return service;
    }

    /// <summary>Memory limit, and one of CPUs if wanted: an engine refuses a container more of them than its machine has.</summary>
    private static Service Limited(this Service service, string memory, int? cpus = null)
    {
        service.Deploy = new Deploy
        {
            Resources = new() { Limits = new() { Cpus = cpus?.ToString(CultureInfo.InvariantCulture), Memory = memory } },
        };
        return service;
    }

    /// <summary>
    /// Health check over HTTP. The .NET images carry no curl, but a shell that can open a connection.
    /// </summary>
    private static Service Probed(this Service service, int port, TimeSpan startup, string path = "/health/ready")
    {
        service.Healthcheck = new Healthcheck
        {
            Test =
            [
                "CMD", "bash", "-c",
                $"exec 3<>/dev/tcp/127.0.0.1/{port} && printf 'GET {path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 "
                    + "&& timeout 4 head -n 1 <&3 | grep -q ' 200 '",
            ],
            Interval = "10s",
            Timeout = "5s",
            Retries = 3,
            StartPeriod = Seconds(startup),
        };
        return service;
    }

    /// <summary>
    /// One GPU, by its CDI name: Compose's <c>device_ids</c> cannot be expressed here, and replicas of one service would share theirs.
    /// </summary>
    private static Service OnGpu(this Service service, string gpu)
    {
        service.Devices.Add($"nvidia.com/gpu={gpu}");
        service.ShmSize = "16gb";
        return service.AddVolume(new Volume { Name = Models, Type = "volume", Source = Models, Target = "/models", ReadOnly = true });
    }

    /// <summary>Secrets as files, from files of the same names in <c>secrets/</c> beside the Compose file.</summary>
    private static void WithSecretFiles(this Service service, SecretFilesAnnotation secrets)
    {
        foreach (var name in secrets.Names)
            service.Secrets.Add(new SecretReference { Source = name, Target = $"{secrets.Directory}/{name}" });
    }

    /// <summary>A directory that outlives the container.</summary>
    private static Service Keeping(this Service service, string volume, string target) =>
        service.AddVolume(new Volume { Name = volume, Type = "volume", Source = volume, Target = target });

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s";

    private static void Complete(ComposeFile file)
    {
        file.AddNetwork(new Network { Name = "edge", Driver = "bridge" });
        file.AddNetwork(new Network { Name = "fleet", Driver = "bridge", Internal = true });
        foreach (var secret in file.Services.Values.SelectMany(s => s.Secrets).Select(s => s.Source!).Distinct())
            file.Secrets[secret] = new Secret { File = $"./secrets/{secret}" };
        foreach (var volume in file.Services.Values.SelectMany(s => s.Volumes)
            .Where(v => v.Type == "volume").Select(v => v.Source!).Distinct())
            file.AddVolume(volume == Models ? ModelStore() : new Volume { Name = volume, Driver = "local" });
    }

    private static Volume ModelStore() => new()
    {
        Name = Models,
        Driver = "local",
        DriverOpts =
        {
            ["type"] = "nfs",
            ["o"] = "addr=${NFS_SERVER:?set it to the NFS server that holds the models},ro,nfsvers=4.1",
            ["device"] = ":${NFS_PATH:-/srv/models}",
        },
    };

    /// <summary>Placeholders of images that the services name themselves.</summary>
    private static void DropUnused(IDictionary<string, CapturedEnvironmentVariable> variables)
    {
        foreach (var name in variables.Keys.Where(n => n.EndsWith("_IMAGE", StringComparison.Ordinal)).ToList())
            variables.Remove(name);
    }
}
