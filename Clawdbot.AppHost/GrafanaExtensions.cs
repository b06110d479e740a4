namespace Clawdbot.AppHost;

/// <summary>Grafana, with the data source and dashboard of <c>deploy/grafana</c>.</summary>
internal sealed class GrafanaResource(string name) : ContainerResource(name);

internal static class GrafanaExtensions
{
    /// <summary>Adds Grafana on the given Prometheus.</summary>
    public static IResourceBuilder<GrafanaResource> AddGrafana(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<PrometheusResource> prometheus)
    {
        var grafana = builder.AddResource(new GrafanaResource(name))
            .WithImage("grafana/grafana", "12.2.0")
            .WithHttpEndpoint(targetPort: 3000, name: "http")
            .WithConfigDirectory("deploy/grafana/provisioning", "/etc/grafana/provisioning")
            .WithConfigDirectory("deploy/grafana/dashboards", "/var/lib/grafana/dashboards")
            .WithEnvironment("PROMETHEUS_URL", prometheus.Resource.Http)
            .WithEnvironment("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH", "/var/lib/grafana/dashboards/clawdbot.json")
            .WithHttpHealthCheck("/api/health", endpointName: "http")
            .WithIconName("ChartMultiple")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Grafana");
        if (!builder.ExecutionContext.IsPublishMode)
            return grafana.WithEnvironment("GF_AUTH_ANONYMOUS_ENABLED", "true").WithEnvironment("GF_AUTH_ANONYMOUS_ORG_ROLE", "Viewer");
        return grafana.WithEnvironment("GF_SECURITY_ADMIN_PASSWORD", builder.AddParameter("grafana-admin-password", secret: true));
    }
}
