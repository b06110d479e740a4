namespace Clawdbot.AppHost;

internal static class GatewayExtensions
{
    /// <summary>Port that clients use, in a container.</summary>
    public const int PublicPort = 8080;

    /// <summary>Number of gateways.</summary>
    public const int Count = 2;

    private const int AdminPort = 8081;

    /// <summary>
    /// Adds the gateways. They share nothing and find the replicas by service discovery, or in a file where replicas come and go; each
    /// believes only what it sees itself.
    /// </summary>
    public static IReadOnlyList<IResourceBuilder<ProjectResource>> AddGateways(
        this IDistributedApplicationBuilder builder,
        IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> replicas, FleetSecrets secrets)
    {
        var file = builder.AddReplicaFile(replicas);
        return [.. Enumerable.Range(0, Count).Select(i => builder
            .AddGateway($"gateway-{i}", builder.ExecutionContext.IsPublishMode ? null : builder.Ports().Gateway(i), secrets)
            .WithReplicas(replicas, file)
            .WithCallers())];
    }

    private static IResourceBuilder<ProjectResource> AddGateway(
        this IDistributedApplicationBuilder builder, string name, int? port, FleetSecrets secrets)
    {
        var publishes = builder.ExecutionContext.IsPublishMode;
        var gateway = builder.AddProject<Projects.Clawdbot_Gateway>(name, project => project.ExcludeLaunchProfile = true)
            // No proxy of Aspire's here: a dead gateway should refuse connections, and know the address that it serves at.
            .WithHttpEndpoint(port, publishes ? PublicPort : null, "http", isProxied: publishes)
            .WithHttpEndpoint(targetPort: publishes ? AdminPort : null, name: "admin", isProxied: publishes)
            .WithContainerEndpoint()
            .WithEndpointsInEnvironment(endpoint => endpoint.Name != "admin") // that is the gateway's internal listener
            .WithFleetSecrets(secrets)
            .WithRestarts()
            .WithKillCommand("SIGKILL, as a crash would be. Its open streams break, the rest goes to the other gateway. "
                + "It is started again.")
            .WithReadiness()
            .WithoutCertificates()
            .StartsBuiltProgram()
            .DisableForwardedHeaders() // else a caller could claim any address as its own
            .WithIconName("ArrowRouting")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Status page")
            .WithUrlForEndpoint("http", endpoint => new() { Url = $"{endpoint.Url}/#playground", DisplayText = "Playground" })
            .WithUrlForEndpoint("admin", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .InServing(ServingType.Gateway);
        var admin = gateway.GetEndpoint("admin");
        return gateway.WithEnvironment("Edge__InternalUrl",
            ReferenceExpression.Create($"http://{(publishes ? "*" : "localhost")}:{admin.Property(EndpointProperty.TargetPort)}"));
    }

    private static IResourceBuilder<ProjectResource> WithReplicas(
        this IResourceBuilder<ProjectResource> gateway, IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> replicas,
        ReplicaFile? file)
    {
        if (file is not null)
        {
            foreach (var replica in replicas.Where(replica => !replica.Resource.IsSpare()))
                gateway.WithReferenceRelationship(replica.Resource);
            return gateway
                .WithEnvironment("Discovery__File", file.Path)
                .OnBeforeResourceStarted((_, _, cancellation) => file.WriteAsync(cancellation));
        }
        for (var i = 0; i < replicas.Count; i++)
        {
            gateway.WithReference(replicas[i])
                .WithEnvironment($"Discovery__Replicas__{i}", $"http://{replicas[i].Resource.Name}");
        }
        return gateway;
    }

    /// <summary>
    /// Says who may call: everybody who reaches this machine's loopback when run here, holders of an API key in a deployment. The gateway
    /// is told only the hashes of the keys.
    /// </summary>
    private static IResourceBuilder<ProjectResource> WithCallers(this IResourceBuilder<ProjectResource> gateway)
    {
        var builder = gateway.ApplicationBuilder;
        if (!builder.ExecutionContext.IsPublishMode)
            return gateway.WithEnvironment("Auth__AllowAnonymous", "true");
        return gateway
            .WithEnvironment("Auth__Keys__0__Tenant", "default")
            .WithEnvironment("Auth__Keys__0__Sha256", Hash(
                "api-key-sha256", "SHA-256 of the clients' API key, in hexadecimal: `printf %s \"$KEY\" | sha256sum`."))
            .WithEnvironment("Auth__Keys__1__Tenant", "operator")
            .WithEnvironment("Auth__Keys__1__Admin", "true")
            .WithEnvironment("Auth__Keys__1__Sha256", Hash("admin-key-sha256", "SHA-256 of the operators' API key, in hexadecimal."));

        IResourceBuilder<ParameterResource> Hash(string name, string description) =>
            builder.Resources.OfType<ParameterResource>().FirstOrDefault(p => p.Name == name) is { } known
                ? builder.CreateResourceBuilder(known)
                : builder.AddParameter(name, secret: true).WithDescription(description, enableMarkdown: true);
    }
}
