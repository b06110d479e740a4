namespace Clawdbot.AppHost;

/// <summary>The exporter in a container.</summary>
internal sealed class NginxExporterResource(string name) : ContainerResource(name), IResourceWithServiceDiscovery;

/// <summary>The exporter as a program of this machine.</summary>
internal sealed class NginxExporterProgram(string name, string program, string folder) : ExecutableResource(name, program, folder);

/// <summary>Translates Nginx's own counts for Prometheus.</summary>
internal static class NginxExporterExtensions
{
    private static readonly InstalledProgram Program = new("prometheus-nginx-exporter", "apt-get install prometheus-nginx-exporter");

    /// <summary>
    /// Adds an exporter beside each Nginx: what Prometheus is to scrape, which is nothing where either can't be run, or HAProxy is the
    /// front.
    /// </summary>
    public static IReadOnlyList<IResourceBuilder<IResourceWithEndpoints>> AddNginxExporters(
        this IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<IFrontResource>> fronts) =>
        [.. fronts.OfType<IResourceBuilder<INginxResource>>().Select(builder.AddNginxExporter)
            .OfType<IResourceBuilder<IResourceWithEndpoints>>()];

    private static IResourceBuilder<IResourceWithEndpoints>? AddNginxExporter(
        this IDistributedApplicationBuilder builder, IResourceBuilder<INginxResource> nginx)
    {
        var name = nginx.Resource.Name.Replace("nginx", "nginx-exporter", StringComparison.Ordinal);
        if (builder.RunsContainers())
        {
            return builder.AddResource(new NginxExporterResource(name))
                .WithImage("nginx/nginx-prometheus-exporter", "1.4.2")
                .WithHttpEndpoint(targetPort: 9113, name: "http")
                .AsExporter(nginx);
        }
        if (Program.Path() is { } program)
        {
            var exporter = builder.AddResource(new NginxExporterProgram(name, program, builder.CreateProgramFolder(name)))
                .WithHttpEndpoint(name: "http", isProxied: false);
            return exporter
                .WithArgs(context => context.Args.Add(ReferenceExpression.Create(
                    $"--web.listen-address=127.0.0.1:{exporter.GetEndpoint("http").Property(EndpointProperty.TargetPort)}")))
                .WaitFor(nginx) // Debian's version ends when it finds none
                .AsExporter(nginx);
        }
        builder.AddMissingProgram(name, Program, "Until then Nginx's connection counts are not on the dashboards.").InWatching("Exporter");
        return null;
    }

    private static IResourceBuilder<T> AsExporter<T>(this IResourceBuilder<T> exporter, IResourceBuilder<INginxResource> nginx)
        where T : IResourceWithArgs, IResourceWithEndpoints =>
        exporter
            .WithArgs(context => context.Args.Add(
                ReferenceExpression.Create($"--nginx.scrape-uri={nginx.GetEndpoint("status")}/nginx/status")))
            .WithIconName("Gauge")
            .WithUrlForEndpoint("http", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithRestarts()
            .InWatching("Exporter");
}
