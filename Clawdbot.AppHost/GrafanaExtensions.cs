namespace Clawdbot.AppHost;

/// <summary>Grafana in a container.</summary>
internal sealed class GrafanaResource(string name) : ContainerResource(name);

/// <summary>Grafana as a program of this machine.</summary>
internal sealed class GrafanaProgram(string name, string program, string folder) : ExecutableResource(name, program, folder);

/// <summary>Grafana, with the data source and dashboard of <c>deploy/grafana</c>.</summary>
internal static class GrafanaExtensions
{
    private const string Provisioning = "deploy/grafana/provisioning";
    private const string Dashboards = "deploy/grafana/dashboards";
    private const string DashboardsInContainer = "/var/lib/grafana/dashboards";

    private static readonly InstalledProgram Program =
        new("grafana", "install Grafana 11 or later from grafana.com (Debian has no package)");

    /// <summary>Adds Grafana on the given Prometheus. Nothing where there is no Prometheus, or Grafana can't be run.</summary>
    public static void AddGrafana(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<IPrometheusResource>? prometheus)
    {
        if (prometheus is null)
            return;
        if (builder.RunsContainers())
        {
            builder.AddGrafanaContainer(name).AsGrafana(prometheus, DashboardsInContainer);
        }
        else if (Program.Path() is { } program)
        {
            builder.AddGrafanaProgram(name, program).AsGrafana(prometheus, builder.FromRoot(Dashboards));
        }
        else
        {
            builder.AddMissingProgram(name, Program, "Until then Prometheus answers queries, and nobody draws them.")
                .InWatching("Page of metrics");
        }
    }

    private static IResourceBuilder<GrafanaResource> AddGrafanaContainer(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new GrafanaResource(name))
            .WithImage("grafana/grafana", "12.2.0")
            .WithHttpEndpoint(targetPort: 3000, name: "http")
            .WithConfigDirectory(Provisioning, "/etc/grafana/provisioning")
            .WithConfigDirectory(Dashboards, DashboardsInContainer);

    /// <summary>
    /// Adds Grafana as a program of this machine. Its folder holds its data and a copy of the provisioning files that names this machine's
    /// folder of dashboards.
    /// </summary>
    private static IResourceBuilder<GrafanaProgram> AddGrafanaProgram(
        this IDistributedApplicationBuilder builder, string name, string program)
    {
        var folder = builder.CreateProgramFolder(name);
        var source = builder.FromRoot(Provisioning);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, "provisioning", Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            var text = File.ReadAllText(file).Replace(DashboardsInContainer, builder.FromRoot(Dashboards), StringComparison.Ordinal);
            File.WriteAllText(copy, text);
        }
        var grafana = builder.AddResource(new GrafanaProgram(name, program, folder)).WithHttpEndpoint(name: "http", isProxied: false);
        return grafana
            .WithArgs("server", "--homepath", "/usr/share/grafana")
            .WithEnvironment("GF_SERVER_HTTP_ADDR", "127.0.0.1")
            .WithEnvironment("GF_SERVER_HTTP_PORT", grafana.GetEndpoint("http").Property(EndpointProperty.TargetPort))
            .WithEnvironment("GF_PATHS_DATA", Path.Combine(folder, "data"))
            .WithEnvironment("GF_PATHS_LOGS", Path.Combine(folder, "logs"))
            .WithEnvironment("GF_PATHS_PLUGINS", Path.Combine(folder, "plugins"))
            .WithEnvironment("GF_PATHS_PROVISIONING", Path.Combine(folder, "provisioning"));
    }

    private static void AsGrafana<T>(this IResourceBuilder<T> grafana, IResourceBuilder<IPrometheusResource> prometheus, string dashboards)
        where T : IResourceWithEnvironment, IResourceWithEndpoints
    {
        grafana
            .WithEnvironment("PROMETHEUS_URL", prometheus.GetEndpoint("http"))
            .WithEnvironment("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH", $"{dashboards}/clawdbot.json")
            .WithReadiness("/api/health")
            .WithIconName("ChartMultiple")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Grafana")
            .WithRestarts()
            .InWatching("Page of metrics");
        var builder = grafana.ApplicationBuilder;
        if (builder.ExecutionContext.IsPublishMode)
        {
            grafana.WithEnvironment("GF_SECURITY_ADMIN_PASSWORD", builder.AddParameter("grafana-admin-password", secret: true)
                .WithDescription("Password of Grafana's user `admin`.", enableMarkdown: true));
        }
        else
        {
            grafana.WithEnvironment("GF_AUTH_ANONYMOUS_ENABLED", "true").WithEnvironment("GF_AUTH_ANONYMOUS_ORG_ROLE", "Viewer");
        }
    }
}
