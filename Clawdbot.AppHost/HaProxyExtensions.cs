using System.Globalization;

namespace Clawdbot.AppHost;

/// <summary>HAProxy in front of the gateways, in either form.</summary>
internal interface IHaProxyResource : IFrontResource, IResourceWithEnvironment;

/// <summary>HAProxy in a container.</summary>
internal sealed class HaProxyResource(string name) : ContainerResource(name), IResourceWithServiceDiscovery, IHaProxyResource;

/// <summary>HAProxy as a program of this machine.</summary>
internal sealed class HaProxyProgram(string name, string program, string folder)
    : ExecutableResource(name, program, folder), IHaProxyResource;

internal static class HaProxyExtensions
{
    private static readonly InstalledProgram Program = new("haproxy", "apt-get install haproxy");

    /// <summary>Adds HAProxy with the configuration of <c>deploy/haproxy</c>; null where it can't be run.</summary>
    public static IResourceBuilder<IHaProxyResource>? AddHaProxy(
        this IDistributedApplicationBuilder builder, string name, IReadOnlyList<IResourceBuilder<ProjectResource>> gateways)
    {
        if (builder.RunsContainers())
            return builder.AddHaProxyContainer(name).WithGateways(gateways, host: null).AsFront(gateways);
        if (Program.Path() is { } program)
            return builder.AddHaProxyProgram(name, program).WithGateways(gateways, host: "127.0.0.1").AsFront(gateways);
        builder.AddMissingProgram(name, Program, "Until then clients reach the gateways themselves.").InServing(ServingType.EdgeProxy);
        return null;
    }

    private static IResourceBuilder<HaProxyResource> AddHaProxyContainer(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new HaProxyResource(name))
            .WithImage("haproxy", "3.2.6")
            .WithHttpEndpoint(port: builder.Ports().Nginx, targetPort: 8000, name: "http")
            .WithHttpEndpoint(targetPort: 8082, name: "status")
            .WithEndpoint("http", endpoint => endpoint.IsExternal = true) // the only one that is reachable from outside
            .WithConfigDirectory("deploy/haproxy", "/usr/local/etc/haproxy")
            .WithEnvironment("HAPROXY_LISTEN", ":8000")
            .WithEnvironment("HAPROXY_STATUS_LISTEN", ":8082");

    /// <summary>The same under this machine's HAProxy. Its ports are not behind Aspire's proxy, as those of Nginx are not.</summary>
    private static IResourceBuilder<HaProxyProgram> AddHaProxyProgram(
        this IDistributedApplicationBuilder builder, string name, string program)
    {
        var haproxy = builder.AddResource(new HaProxyProgram(name, program, builder.CreateProgramFolder(name)))
            .WithArgs("-f", builder.FromRoot("deploy/haproxy/haproxy.cfg"))
            .WithHttpEndpoint(builder.Ports().Nginx is var port and > 0 ? port : null, name: "http", isProxied: false)
            .WithHttpEndpoint(name: "status", isProxied: false);
        return haproxy
            .WithEnvironment("HAPROXY_LISTEN", Listen("http"))
            .WithEnvironment("HAPROXY_STATUS_LISTEN", Listen("status"));

        ReferenceExpression Listen(string endpoint) =>
            ReferenceExpression.Create($"127.0.0.1:{haproxy.GetEndpoint(endpoint).Property(EndpointProperty.TargetPort)}");
    }

    /// <summary>A variable for each gateway.</summary>
    /// <param name="haproxy">HAProxy.</param>
    /// <param name="gateways">The gateways.</param>
    /// <param name="host">Host of all of them; null: the host of each one's own endpoint.</param>
    private static IResourceBuilder<T> WithGateways<T>(
        this IResourceBuilder<T> haproxy, IReadOnlyList<IResourceBuilder<ProjectResource>> gateways, string? host)
        where T : IHaProxyResource
    {
        foreach (var (i, gateway) in gateways.Index())
        {
            var http = gateway.EndpointForContainers();
            haproxy.WithEnvironment($"GATEWAY_{i.ToString(CultureInfo.InvariantCulture)}", host is null
                ? ReferenceExpression.Create($"{http.Property(EndpointProperty.Host)}:{http.Property(EndpointProperty.Port)}")
                : ReferenceExpression.Create($"{host}:{http.Property(EndpointProperty.Port)}"));
        }
        return haproxy;
    }
}
