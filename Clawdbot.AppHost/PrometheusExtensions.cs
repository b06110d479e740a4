namespace Clawdbot.AppHost;

/// <summary>Prometheus with the configuration and rules of <c>deploy/prometheus</c>, in either form.</summary>
internal interface IPrometheusResource : IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithArgs;

/// <summary>Prometheus in a container.</summary>
internal sealed class PrometheusResource(string name) : ContainerResource(name), IResourceWithServiceDiscovery, IPrometheusResource;

/// <summary>Prometheus as a program of this machine.</summary>
internal sealed class PrometheusProgram(string name, string shell, string folder)
    : ExecutableResource(name, shell, folder), IPrometheusResource
{
    /// <summary>The folder of target lists, a file for each job. Prometheus reads them again when they change.</summary>
    public string Targets => Path.Combine(WorkingDirectory, "targets");
}

internal static class PrometheusExtensions
{
    private const string Shell = "/bin/sh"; // start.sh writes the target lists, then becomes Prometheus

    private static readonly InstalledProgram Program = new("prometheus", "apt-get install prometheus");

    /// <summary>Adds Prometheus, null where it can't be run. What it scrapes is said by <see cref="WithScrapeTargets"/>.</summary>
    public static IResourceBuilder<IPrometheusResource>? AddPrometheus(this IDistributedApplicationBuilder builder, string name)
    {
        if (builder.RunsContainers())
            return builder.AddPrometheusContainer(name).AsPrometheus();
        if (Program.Path() is { } program && File.Exists(Shell))
            return builder.AddPrometheusProgram(name, program).AsPrometheus();
        builder.AddMissingProgram(name, Program, "Until then nothing collects metrics; each program shows its own at /metrics.")
            .InWatching("Metrics store");
        return null;
    }

    /// <summary>
    /// Scrapes <c>/metrics</c> of the resources' endpoint as job <paramref name="job"/>; does nothing without Prometheus, or without
    /// resources. The list has those resources that start with the application. <see cref="ReplicaWatch"/> keeps it up to date where
    /// Prometheus is a program of this machine; the list of a container does not change.
    /// </summary>
    public static IResourceBuilder<IPrometheusResource>? WithScrapeTargets(
        this IResourceBuilder<IPrometheusResource>? prometheus, string job, IEnumerable<IResourceBuilder<IResourceWithEndpoints>> resources,
        string endpoint = "http")
    {
        var targets = new ReferenceExpressionBuilder();
        var scraped = resources.Where(resource => !resource.Resource.IsSpare()).ToList();
        if (scraped.Count == 0)
            return prometheus;
        foreach (var resource in scraped)
        {
            var http = resource.EndpointForContainers(endpoint);
            targets.Append($"{resource.Resource.Name}={http.Property(EndpointProperty.Host)}:{http.Property(EndpointProperty.Port)} ");
        }
        return prometheus?.WithEnvironment($"TARGETS_{job.ToUpperInvariant()}", targets.Build());
    }

    private static IResourceBuilder<PrometheusResource> AddPrometheusContainer(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new PrometheusResource(name))
            .WithImage("prom/prometheus", "v3.5.0")
            .WithHttpEndpoint(targetPort: 9090, name: "http")
            .WithConfigDirectory("deploy/prometheus", "/etc/prometheus")
            .WithEntrypoint(Shell)
            .WithArgs("/etc/prometheus/start.sh");

    private static IResourceBuilder<PrometheusProgram> AddPrometheusProgram(
        this IDistributedApplicationBuilder builder, string name, string program)
    {
        var folder = builder.CreateProgramFolder(name);
        var prometheus = builder.AddResource(new PrometheusProgram(name, Shell, folder)).WithHttpEndpoint(name: "http", isProxied: false);
        var address = ReferenceExpression.Create($"127.0.0.1:{prometheus.GetEndpoint("http").Property(EndpointProperty.TargetPort)}");
        return prometheus
            .WithEnvironment("PROMETHEUS", program)
            .WithEnvironment("TARGETS_DIRECTORY", prometheus.Resource.Targets)
            .WithEnvironment("TARGETS_PROMETHEUS", ReferenceExpression.Create($"{name}={address}"))
            .WithArgs(builder.FromRoot("deploy/prometheus/start.sh"))
            .WithArgs(context => context.Args.Add(ReferenceExpression.Create($"--web.listen-address={address}")));
    }

    private static IResourceBuilder<T> AsPrometheus<T>(this IResourceBuilder<T> prometheus) where T : IPrometheusResource =>
        prometheus
            .WithReadiness("/-/ready")
            .WithIconName("DataTrending")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Prometheus")
            .WithRestarts()
            .InWatching("Metrics store");
}
