namespace Clawdbot.AppHost;

/// <summary>Prometheus, with the configuration and rules of <c>deploy/prometheus</c>.</summary>
internal sealed class PrometheusResource(string name) : ContainerResource(name), IResourceWithServiceDiscovery
{
    /// <summary>Queries, and the page.</summary>
    public EndpointReference Http => new(this, "http");
}

internal static class PrometheusExtensions
{
    /// <summary>Adds Prometheus. What it scrapes is said by <see cref="WithScrapeTargets"/>.</summary>
    public static IResourceBuilder<PrometheusResource> AddPrometheus(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new PrometheusResource(name))
            .WithImage("prom/prometheus", "v3.5.0")
            .WithHttpEndpoint(targetPort: 9090, name: "http")
            .WithConfigDirectory("deploy/prometheus", "/etc/prometheus")
            .WithEntrypoint("/bin/sh") // start.sh writes the target lists, then becomes Prometheus
            .WithArgs("/etc/prometheus/start.sh")
            .WithHttpHealthCheck("/-/ready", endpointName: "http")
            .WithIconName("DataTrending")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Prometheus");

    /// <summary>Scrapes <c>/metrics</c> of the resources' <c>http</c> endpoint, as job <paramref name="job"/>.</summary>
    public static IResourceBuilder<PrometheusResource> WithScrapeTargets(
        this IResourceBuilder<PrometheusResource> prometheus, string job, IEnumerable<IResourceBuilder<IResourceWithEndpoints>> resources)
    {
        var targets = new ReferenceExpressionBuilder();
        foreach (var resource in resources)
        {
            var http = resource.GetEndpoint("http");
            targets.Append($"{resource.Resource.Name}={http.Property(EndpointProperty.Host)}:{http.Property(EndpointProperty.Port)} ");
        }
        return prometheus.WithEnvironment($"TARGETS_{job.ToUpperInvariant()}", targets.Build());
    }
}
