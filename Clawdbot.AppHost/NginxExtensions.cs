namespace Clawdbot.AppHost;

/// <summary>Nginx in front of the gateways, in either form.</summary>
internal interface INginxResource : IFrontResource;

/// <summary>Nginx in a container.</summary>
internal sealed class NginxResource(string name) : ContainerResource(name), IResourceWithServiceDiscovery, INginxResource;

/// <summary>Nginx as a program of this machine.</summary>
internal sealed class NginxProgram(string name, string program, string folder) : ExecutableResource(name, program, folder), INginxResource;

internal static class NginxExtensions
{
    private static readonly InstalledProgram Program = new("nginx", "apt-get install nginx-light");

    /// <summary>Adds Nginx with the configuration of <c>deploy/nginx</c> in front of the gateways; null where it can't be run.</summary>
    public static IResourceBuilder<INginxResource>? AddNginx(
        this IDistributedApplicationBuilder builder, string name, IReadOnlyList<IResourceBuilder<ProjectResource>> gateways)
    {
        if (builder.RunsContainers())
            return builder.AddNginxContainer(name, gateways).AsFront(gateways);
        if (Program.Path() is { } program)
            return builder.AddNginxProgram(name, program, gateways).AsFront(gateways);
        builder.AddMissingProgram(name, Program, "Until then clients reach the gateways themselves.").InServing(ServingType.EdgeProxy);
        return null;
    }

    private static IResourceBuilder<NginxResource> AddNginxContainer(
        this IDistributedApplicationBuilder builder, string name, IReadOnlyList<IResourceBuilder<ProjectResource>> gateways) =>
        builder.AddResource(new NginxResource(name))
            .WithImage("nginx", "1.29.3")
            .WithHttpEndpoint(port: builder.ExecutionContext.IsPublishMode ? 80 : builder.Ports().Nginx, targetPort: 8000, name: "http")
            .WithHttpEndpoint(targetPort: 8082, name: "status")
            .WithEndpoint("http", endpoint => endpoint.IsExternal = true) // the only one that is reachable from outside
            .WithConfigDirectory("deploy/nginx", "/etc/nginx/templates")
            .WithEnvironment("NGINX_ENVSUBST_OUTPUT_DIR", "/etc/nginx")
            .WithEnvironment("NGINX_ENVSUBST_FILTER", "^(GATEWAY_SERVERS|NGINX_)")
            .WithEnvironment("NGINX_ENTRYPOINT_LOCAL_RESOLVERS", "1")
            .WithEnvironment("NGINX_LISTEN", "8000")
            .WithEnvironment("NGINX_STATUS_LISTEN", "8082")
            .WithEnvironment("NGINX_TEMP_PATH", "/var/cache/nginx")
            .WithEnvironment("GATEWAY_SERVERS", Servers(gateways, host: null,
                // Compose gives a container that is made anew another address. (Nginx looks up whole names only, which those of
                // Kubernetes services are not; but there a service keeps its address.)
                suffix: builder.Target() == PublishTarget.Compose ? " resolve" : ""));

    /// <summary>
    /// The same configuration under this machine's Nginx. Its ports are not behind Aspire's proxy: where Nginx is dead a client should be
    /// refused, not kept waiting. One process, so that no worker outlives a killed master and keeps the port.
    /// </summary>
    private static IResourceBuilder<NginxProgram> AddNginxProgram(
        this IDistributedApplicationBuilder builder, string name, string program, IReadOnlyList<IResourceBuilder<ProjectResource>> gateways)
    {
        var folder = builder.CreateProgramFolder(name);
        var configuration = Path.Combine(folder, "nginx.conf");
        var nginx = builder.AddResource(new NginxProgram(name, program, folder))
            .WithArgs("-p", folder, "-c", configuration, "-e", "stderr", "-g", $"daemon off; master_process off; pid {folder}/nginx.pid;")
            .WithHttpEndpoint(builder.Ports().Nginx is var port and > 0 ? port : null, name: "http", isProxied: false)
            .WithHttpEndpoint(name: "status", isProxied: false);
        // An address and not "localhost", which would be two servers to Nginx: both its tries could go to one dead gateway.
        var servers = Servers(gateways, host: "127.0.0.1", suffix: "");
        return nginx.OnBeforeResourceStarted(async (_, _, cancellation) =>
        {
            var values = new Dictionary<string, string>
            {
                ["NGINX_LISTEN"] = $"127.0.0.1:{nginx.GetEndpoint("http").Port}",
                ["NGINX_STATUS_LISTEN"] = $"127.0.0.1:{nginx.GetEndpoint("status").Port}",
                ["NGINX_TEMP_PATH"] = folder,
                ["NGINX_LOCAL_RESOLVERS"] = "127.0.0.1", // never asked: no server is to be looked up again
                ["GATEWAY_SERVERS"] = (await servers.GetValueAsync(cancellation))!,
            };
            var text = await File.ReadAllTextAsync(builder.FromRoot("deploy/nginx/nginx.conf.template"), cancellation);
            foreach (var (key, value) in values)
                text = text.Replace($"${{{key}}}", value, StringComparison.Ordinal);
            await File.WriteAllTextAsync(configuration, text, cancellation);
        });
    }

    /// <summary>Each gateway once, and once more as the backup that is asked when all are out; the template says why.</summary>
    /// <param name="gateways">The gateways.</param>
    /// <param name="host">Host of all of them; null: the host of each one's own endpoint.</param>
    /// <param name="suffix">Text after each address.</param>
    private static ReferenceExpression Servers(IReadOnlyList<IResourceBuilder<ProjectResource>> gateways, string? host, string suffix)
    {
        var servers = new ReferenceExpressionBuilder();
        foreach (var http in gateways.Select(gateway => gateway.EndpointForContainers()))
        {
            var address = host is null
                ? ReferenceExpression.Create($"{http.Property(EndpointProperty.Host)}:{http.Property(EndpointProperty.Port)}")
                : ReferenceExpression.Create($"{host}:{http.Property(EndpointProperty.Port)}");
            servers.Append($"server {address}{suffix} max_fails=1 fail_timeout=2s; server {address}{suffix} backup max_fails=0; ");
        }
        return servers.Build();
    }
}
