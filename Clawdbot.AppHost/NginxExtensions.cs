namespace Clawdbot.AppHost;

/// <summary>Nginx in front of the gateways.</summary>
internal sealed class NginxResource(string name) : ContainerResource(name), IResourceWithServiceDiscovery
{
    /// <summary>What clients reach; the only endpoint that is reachable from outside.</summary>
    public EndpointReference Http => new(this, "http");

    /// <summary>Connection counts for the exporter.</summary>
    public EndpointReference Status => new(this, "status");
}

/// <summary>Translates Nginx's own counts for Prometheus.</summary>
internal sealed class NginxExporterResource(string name) : ContainerResource(name), IResourceWithServiceDiscovery;

internal static class NginxExtensions
{
    private const string Image = "nginx";
    private const string Tag = "1.29.3";

    /// <summary>Adds Nginx with the configuration of <c>deploy/nginx</c>, in front of the given gateways.</summary>
    public static IResourceBuilder<NginxResource> AddNginx(
        this IDistributedApplicationBuilder builder, string name, IReadOnlyList<IResourceBuilder<ProjectResource>> gateways)
    {
        var nginx = builder.AddResource(new NginxResource(name))
            .WithImage(Image, Tag)
            .WithHttpEndpoint(port: builder.ExecutionContext.IsPublishMode ? 80 : 8000, targetPort: 8000, name: "http")
            .WithHttpEndpoint(targetPort: 8082, name: "status")
            .WithEndpoint("http", endpoint => endpoint.IsExternal = true)
            .WithConfigDirectory("deploy/nginx", "/etc/nginx/templates")
            .WithEnvironment("NGINX_ENVSUBST_OUTPUT_DIR", "/etc/nginx")
            .WithEnvironment("NGINX_ENVSUBST_FILTER", "^(GATEWAY_SERVERS|NGINX_)")
            .WithEnvironment("NGINX_ENTRYPOINT_LOCAL_RESOLVERS", "1")
            .WithEnvironment("NGINX_LISTEN", "8000")
            .WithEnvironment("NGINX_STATUS_LISTEN", "8082")
            .WithEnvironment("NGINX_TEMP_PATH", "/var/cache/nginx")
            .WithEnvironment("GATEWAY_SERVERS", Servers(gateways, looksUpAgain: builder.Target() == PublishTarget.Compose))
            .WithHttpHealthCheck("/health/ready", endpointName: "http")
            .WithIconName("BranchFork")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Clawdbot")
            .WithUrlForEndpoint("status", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly);
        foreach (var gateway in gateways)
            nginx.WaitForStart(gateway); // Nginx refuses to start while an upstream's name is unknown
        return nginx;
    }

    /// <summary>Adds the exporter beside it.</summary>
    public static IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> WithExporter(this IResourceBuilder<NginxResource> nginx, string name) =>
        [nginx.ApplicationBuilder.AddResource(new NginxExporterResource(name))
            .WithImage("nginx/nginx-prometheus-exporter", "1.4.2")
            .WithHttpEndpoint(targetPort: 9113, name: "http")
            .WithArgs(context => context.Args.Add(ReferenceExpression.Create($"--nginx.scrape-uri={nginx.Resource.Status}/nginx/status")))
            .WithIconName("Gauge")
            .WithUrlForEndpoint("http", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithParentRelationship(nginx)];

    /// <summary>Each gateway once, and once more as the backup that is asked when all are out; the template says why.</summary>
    /// <param name="gateways">The gateways.</param>
    /// <param name="looksUpAgain">
    /// Compose gives a container that is made anew another address. (Nginx looks up whole names only, which those of
    /// Kubernetes services are not; but there a service keeps its address.)
    /// </param>
    private static ReferenceExpression Servers(IReadOnlyList<IResourceBuilder<ProjectResource>> gateways, bool looksUpAgain)
    {
        var servers = new ReferenceExpressionBuilder();
        var resolve = looksUpAgain ? " resolve" : "";
        foreach (var gateway in gateways)
        {
            var http = gateway.GetEndpoint("http");
            var (host, port) = (http.Property(EndpointProperty.Host), http.Property(EndpointProperty.Port));
            servers.Append($"server {host}:{port}{resolve} max_fails=1 fail_timeout=2s; server {host}:{port}{resolve} backup max_fails=0; ");
        }
        return servers.Build();
    }
}
