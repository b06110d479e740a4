using System.Globalization;
using Aspire.Hosting.Docker;
using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace Clawdbot.AppHost;

/// <summary>What Compose needs to be told beyond the model.</summary>
internal static class ComposeExtensions
{
    /// <summary>Adds the Compose environment. It has no Aspire dashboard: that would be a second door, without a lock.</summary>
    public static void AddComposeTarget(this IDistributedApplicationBuilder builder) =>
        builder.AddDockerComposeEnvironment("compose")
            .WithDashboard(false)
            .WithProperties(environment => environment.DefaultNetworkName = "default")
            .ConfigureComposeFile(Complete)
            .ConfigureEnvFile(DropUnused);

    /// <summary>Networks besides the one that every service has: <c>edge</c> (Nginx, gateways), <c>fleet</c> (gateways, replicas; no way out).</summary>
    public static Service OnNetworks(this Service service, params string[] networks)
    {
        service.Networks = [.. networks];
        return service;
    }

    /// <summary>Restarted whenever it ends, and given time to finish when it is stopped.</summary>
    public static Service AlwaysRunning(this Service service, TimeSpan? stopGrace = null)
    {
        service.Restart = "always";
        service.StopGracePeriod = stopGrace is { } grace ? Seconds(grace) : null;
        return service;
    }

    /// <summary>CPU and memory limits.</summary>
    public static Service Limited(this Service service, int cpus, string memory)
    {
        service.Deploy = new Deploy { Resources = new() { Limits = new() { Cpus = cpus.ToString(CultureInfo.InvariantCulture), Memory = memory } } };
        return service;
    }

    /// <summary>
    /// Health check over HTTP. The .NET images carry no curl, but a shell that can open a connection.
    /// </summary>
    public static Service Probed(this Service service, int port, TimeSpan startup, string path = "/health/ready")
    {
        service.Healthcheck = new Healthcheck
        {
            Test = ["CMD", "bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{port} && printf 'GET {path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"],
            Interval = "10s",
            Timeout = "5s",
            Retries = 3,
            StartPeriod = Seconds(startup),
        };
        return service;
    }

    /// <summary>One GPU, by its CDI name: Compose's <c>device_ids</c> cannot be expressed here, and replicas of one service would share theirs.</summary>
    public static Service OnGpu(this Service service, string gpu)
    {
        service.Devices.Add($"nvidia.com/gpu={gpu}");
        service.ShmSize = "16gb";
        return service.AddVolume(new Volume { Name = "models", Type = "volume", Source = "models", Target = "/models", ReadOnly = true });
    }

    /// <summary>A secret as a file below <c>/run/secrets</c>.</summary>
    public static Service WithSecret(this Service service, string name)
    {
        service.Secrets.Add(new SecretReference { Source = name, Target = name });
        return service;
    }

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s";

    private static void Complete(ComposeFile file)
    {
        file.Name = "clawdbot";
        file.AddNetwork(new Network { Name = "edge", Driver = "bridge" });
        file.AddNetwork(new Network { Name = "fleet", Driver = "bridge", Internal = true });
        foreach (var secret in file.Services.Values.SelectMany(s => s.Secrets).Select(s => s.Source!).Distinct())
            file.Secrets[secret] = new Secret { File = $"./secrets/{secret}" };
        if (file.Services.Values.Any(s => s.Volumes.Any(v => v.Source == "models")))
        {
            file.AddVolume(new Volume
            {
                Name = "models",
                Driver = "local",
                DriverOpts = { ["type"] = "nfs", ["o"] = "addr=${NFS_SERVER:?the NFS server},ro,nfsvers=4.1", ["device"] = ":${NFS_PATH:-/srv/models}" },
            });
        }
    }

    /// <summary>Placeholders of images and ports that the services name themselves.</summary>
    private static void DropUnused(IDictionary<string, CapturedEnvironmentVariable> variables)
    {
        foreach (var name in variables.Keys.Where(n => n.EndsWith("_IMAGE", StringComparison.Ordinal) || n.Contains("FLEET", StringComparison.Ordinal)).ToList())
            variables.Remove(name);
    }
}
