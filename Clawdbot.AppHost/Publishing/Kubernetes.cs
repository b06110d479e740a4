using System.Globalization;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Clawdbot.AppHost.Publishing;

/// <summary>What Kubernetes needs to be told beyond the model.</summary>
internal static class KubernetesExtensions
{
    private const string Models = "models";

    /// <summary>Label of pods that stand in for each other.</summary>
    private const string Group = "group";

    /// <summary>Adds the Kubernetes environment: a chart of its own, without the Aspire dashboard.</summary>
    public static void AddKubernetesTarget(this IDistributedApplicationBuilder builder)
    {
        foreach (var resource in builder.Resources.OfType<IComputeResource>().ToList())
            builder.CreateResourceBuilder(resource).PublishAsKubernetesService(form => Complete(form, resource));
        builder.AddKubernetesEnvironment("kubernetes")
            .WithDashboard(false)
            .WithHelm(chart => chart.WithChartName("clawdbot").WithChartVersion("0.1.0")
                .WithChartDescription("A vision-language model behind gateways that survive the death of any replica"));
    }

    /// <summary>What each resource is, beyond the model.</summary>
    private static void Complete(KubernetesResource form, IComputeResource resource)
    {
        foreach (var directory in resource.Annotations.OfType<ConfigDirectoryAnnotation>())
            form.WithConfigDirectory(directory);
        foreach (var secrets in resource.Annotations.OfType<SecretFilesAnnotation>())
            form.WithSecretFiles(secrets.Directory, "clawdbot-fleet");
        switch (resource)
        {
            case ProjectResource project when project.GetProjectMetadata() is Projects.Clawdbot_Gateway:
                form.AlwaysRunning(stopGrace: TimeSpan.FromSeconds(165))
                    .RolledWithoutGap()
                    .InGroup("gateway", isFirst: resource.Name == "gateway-0")
                    .Probed("http", startup: TimeSpan.FromSeconds(30));
                break;
            case ProjectResource:
                form.AsReplica(resource).Limited(cpus: "2", memory: "4Gi");
                break;
            case InferenceReplicaResource:
                form.AsReplica(resource).Limited(cpus: "8", memory: "16Gi").OnGpu().WithModels();
                break;
            case NginxResource:
                // Longer than the gateways' own, and what it waits before it stops.
                form.AlwaysRunning(stopGrace: TimeSpan.FromSeconds(175))
                    .RolledWithoutGap()
                    .InGroup("nginx", isFirst: resource.Name == "nginx-0")
                    .StoppedAfter(seconds: 5)
                    .Probed("status", startup: TimeSpan.FromSeconds(30), live: "/nginx/health", ready: "/nginx/health");
                if (resource.Name == "nginx-0")
                    form.GroupReachableFromOutside("nginx", "http");
                break;
            case PrometheusResource:
                form.AlwaysRunning().Probed("http", startup: TimeSpan.FromMinutes(1), live: "/-/healthy", ready: "/-/ready");
                break;
            case GrafanaResource:
                form.AlwaysRunning().Probed("http", startup: TimeSpan.FromMinutes(1), live: "/api/health", ready: "/api/health");
                break;
            default:
                form.AlwaysRunning();
                break;
        }
    }

    private static KubernetesResource AsReplica(this KubernetesResource form, IComputeResource resource) => form
        .AlwaysRunning(stopGrace: TimeSpan.FromSeconds(150))
        .InGroup("replica", isFirst: resource.Name.StartsWith("replica-0", StringComparison.Ordinal))
        .ReplacedNotRolled()
        .Probed("http", startup: TimeSpan.FromMinutes(10));

    /// <summary>A ConfigMap of its files.</summary>
    private static void WithConfigDirectory(this KubernetesResource resource, ConfigDirectoryAnnotation directory)
    {
        var name = $"{resource.Name}-{Path.GetFileName(directory.Path)}";
        var map = new ConfigMap { Metadata = { Name = name } };
        var volume = new VolumeV1 { Name = name, ConfigMap = new ConfigMapVolumeSourceV1 { Name = name } };
        foreach (var file in Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var path = Path.GetRelativePath(directory.Path, file).Replace('\\', '/');
            var key = path.Replace('/', '.'); // a key has no directories; the volume's items put them back
            map.Data[key] = File.ReadAllText(file).Replace("{{", "{{ `{{` }}", StringComparison.Ordinal); // a chart's files are templates
            volume.ConfigMap.Items.Add(new KeyToPathV1 { Key = key, Path = path });
        }
        resource.AdditionalResources.Add(map);
        resource.Pod().Volumes.Add(volume);
        resource.Container().VolumeMounts.Add(new VolumeMountV1 { Name = name, MountPath = directory.Target, ReadOnly = true });
    }

    /// <summary>Time to finish when the pod is stopped. (A pod of a deployment is always restarted.)</summary>
    private static KubernetesResource AlwaysRunning(this KubernetesResource resource, TimeSpan? stopGrace = null)
    {
        resource.Pod().TerminationGracePeriodSeconds = (long?)stopGrace?.TotalSeconds;
        resource.Pod().AutomountServiceAccountToken = false;
        return resource;
    }

    /// <summary>The old pod goes before the new one comes: there is no second GPU to roll onto.</summary>
    private static KubernetesResource ReplacedNotRolled(this KubernetesResource resource)
    {
        if (resource.Workload is Deployment deployment)
            deployment.Spec.Strategy = new DeploymentStrategyV1 { Type = "Recreate", RollingUpdate = null! };
        return resource;
    }

    /// <summary>The new pod serves before the old one goes, and for longer than Nginx leaves a gateway alone that failed (2 s).</summary>
    private static KubernetesResource RolledWithoutGap(this KubernetesResource resource)
    {
        if (resource.Workload is Deployment deployment)
        {
            deployment.Spec.MinReadySeconds = 3;
            deployment.Spec.Strategy = new DeploymentStrategyV1
            {
                RollingUpdate = new RollingUpdateDeploymentV1 { MaxSurge = 1, MaxUnavailable = 0 },
            };
        }
        return resource;
    }

    /// <summary>
    /// Makes it one of several that stand in for each other, by the label <c>group</c>: spread over the nodes where there are several, and
    /// never more than one of them is taken away at once when nodes are drained.
    /// </summary>
    private static KubernetesResource InGroup(this KubernetesResource resource, string group, bool isFirst)
    {
        resource.Workload!.PodTemplate.Metadata.Labels[Group] = group;
        resource.Pod().TopologySpreadConstraints.Add(new TopologySpreadConstraintV1
        {
            MaxSkew = 1, TopologyKey = "kubernetes.io/hostname", WhenUnsatisfiable = "ScheduleAnyway",
            LabelSelector = new LabelSelectorV1(resource.GroupLabels()),
        });
        if (isFirst)
            resource.AdditionalResources.Add(new PodDisruptionBudget($"{group}-budget", resource.GroupLabels()));
        return resource;
    }

    /// <summary>The labels of all pods of its group, in this release.</summary>
    private static Dictionary<string, string> GroupLabels(this KubernetesResource resource) =>
        resource.Workload!.PodTemplate.Metadata.Labels.Where(label => label.Key != "app.kubernetes.io/component").ToDictionary();

    /// <summary>The pod serves on for a while when it is to stop: until then those who send to it have not all heard of it.</summary>
    private static KubernetesResource StoppedAfter(this KubernetesResource resource, int seconds)
    {
        var wait = new LifecycleHandlerV1
        {
            Exec = { Command = { "sleep", seconds.ToString(CultureInfo.InvariantCulture) } },
            HttpGet = null!, TcpSocket = null!, Sleep = null!, // one of them is allowed, and Aspire fills in all
        };
        resource.Container().Lifecycle = new LifecycleV1 { PreStop = wait };
        return resource;
    }

    /// <summary>CPU and memory: what is asked for is what is given.</summary>
    private static KubernetesResource Limited(this KubernetesResource resource, string cpus, string memory)
    {
        var needs = resource.Container().Resources ??= new ResourceRequirementsV1();
        (needs.Limits["cpu"], needs.Limits["memory"]) = (cpus, memory);
        (needs.Requests["cpu"], needs.Requests["memory"]) = (cpus, memory);
        return resource;
    }

    /// <summary>One GPU of the node's, and shared memory for the engine's processes.</summary>
    private static KubernetesResource OnGpu(this KubernetesResource resource)
    {
        (resource.Container().Resources ??= new ResourceRequirementsV1()).Limits["nvidia.com/gpu"] = "1";
        resource.Pod().Volumes.Add(new VolumeV1
        {
            Name = "shm",
            EmptyDir = new EmptyDirVolumeSourceV1 { Medium = "Memory", SizeLimit = "16Gi" },
        });
        resource.Container().VolumeMounts.Add(new VolumeMountV1 { Name = "shm", MountPath = "/dev/shm" });
        return resource;
    }

    /// <summary>The model store, read-only; one claim that all replicas share, so the first brings it.</summary>
    private static KubernetesResource WithModels(this KubernetesResource resource)
    {
        resource.Pod().Volumes.Add(new VolumeV1
        {
            Name = Models,
            PersistentVolumeClaim = new PersistentVolumeClaimVolumeSourceV1 { ClaimName = Models, ReadOnly = true },
        });
        resource.Container().VolumeMounts.Add(new VolumeMountV1 { Name = Models, MountPath = "/models", ReadOnly = true });
        if (resource.Name.StartsWith("replica-0", StringComparison.Ordinal))
        {
            var claim = new PersistentVolumeClaim { Metadata = { Name = Models } };
            claim.Spec.AccessModes.Add("ReadWriteMany");
            claim.Spec.StorageClassName = "{{ (.Values.models).storageClass | default `nfs-csi` }}";
            claim.Spec.Resources.Requests["storage"] = "100Gi";
            resource.AdditionalResources.Add(claim);
        }
        return resource;
    }

    /// <summary>Startup, liveness and readiness over HTTP on the named port.</summary>
    private static KubernetesResource Probed(
        this KubernetesResource resource, string port, TimeSpan startup, string live = "/health/live", string ready = "/health/ready")
    {
        const int period = 5;
        var container = resource.Container();
        container.StartupProbe = Probe(live, failures: Math.Max(1, (int)startup.TotalSeconds / period));
        container.LivenessProbe = Probe(live, failures: 3);
        container.ReadinessProbe = Probe(ready, failures: 3);
        return resource;

        ProbeV1 Probe(string path, int failures) => new()
        {
            HttpGet = new HttpGetActionV1 { Path = path, Port = new Int32OrStringV1(port), Scheme = "HTTP" },
            PeriodSeconds = period,
            TimeoutSeconds = 3,
            FailureThreshold = failures,
        };
    }

    /// <summary>Files of a Secret that the operator makes: its values are in no file of the chart and in no release.</summary>
    private static KubernetesResource WithSecretFiles(this KubernetesResource resource, string directory, string secret)
    {
        resource.Pod().Volumes.Add(new VolumeV1 { Name = secret, Secret = new SecretVolumeSourceV1 { SecretName = secret } });
        resource.Container().VolumeMounts.Add(new VolumeMountV1 { Name = secret, MountPath = directory, ReadOnly = true });
        return resource;
    }

    /// <summary>
    /// Gives one port of all pods of a group one address outside the cluster, by a service of its own. Every other port stays inside.
    /// </summary>
    private static KubernetesResource GroupReachableFromOutside(this KubernetesResource resource, string group, string port)
    {
        if (resource.Service is not { } inside)
            return resource;
        var outside = new Service { Metadata = { Name = $"{group}-public" } };
        outside.Spec.Type = "LoadBalancer";
        outside.Spec.ExternalTrafficPolicy = "Local"; // keeps the client's address
        foreach (var (key, value) in resource.GroupLabels())
            outside.Spec.Selector[key] = value;
        outside.Spec.Ports.Add(inside.Spec.Ports.Single(p => p.Name == port));
        resource.AdditionalResources.Add(outside);
        return resource;
    }

    /// <summary>The pod.</summary>
    private static PodSpecV1 Pod(this KubernetesResource resource) =>
        (resource.Workload ?? throw new InvalidOperationException($"{resource.Name} has no workload.")).PodTemplate.Spec;

    /// <summary>The one container in it.</summary>
    private static ContainerV1 Container(this KubernetesResource resource) => resource.Pod().Containers[0];
}
