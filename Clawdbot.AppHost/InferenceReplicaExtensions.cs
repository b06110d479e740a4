namespace Clawdbot.AppHost;

/// <summary>A shim with a GPU engine as its child, in one container made from the engine's own image.</summary>
internal sealed class InferenceReplicaResource(string name, string engine, string gpu) : ContainerResource(name), IResourceWithServiceDiscovery
{
    /// <summary>Name of the engine's folder in <c>deploy/images</c>.</summary>
    public string Engine => engine;

    /// <summary>Its own.</summary>
    public string Gpu => gpu;
}

internal static class InferenceReplicaExtensions
{
    private const string Icon = "BrainCircuit";

    /// <summary>
    /// Adds the replicas that section <c>Replicas</c> asks for. Each is a resource of its own, never one with a replica count:
    /// the gateway must see them one by one, and two copies of one container would share its GPU.
    /// </summary>
    public static IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> AddInferenceReplicas(
        this IDistributedApplicationBuilder builder, FleetSecrets secrets)
    {
        var options = InferenceReplicaOptions.Read(builder.Configuration, []); // what is wrong with it has been said
        return [.. Enumerable.Range(0, options.Count).Select<int, IResourceBuilder<IResourceWithServiceDiscovery>>(i =>
            options.Engine == EngineKind.Embedded
                ? builder.AddEmbeddedReplica($"replica-{i}", secrets)
                : builder.AddEngineReplica($"replica-{i}", options, options.Gpus[i], secrets))];
    }

    private static IResourceBuilder<ProjectResource> AddEmbeddedReplica(this IDistributedApplicationBuilder builder, string name, FleetSecrets secrets) =>
        builder.AddProject<Projects.Clawdbot_InferenceShim>(name, project => project.ExcludeLaunchProfile = true)
            // No proxy of Aspire's here: gateways should see a dead replica refuse, not a proxy accept for it.
            .WithHttpEndpoint(targetPort: builder.ExecutionContext.IsPublishMode ? 8000 : null, name: "http", isProxied: builder.ExecutionContext.IsPublishMode)
            .WithoutCertificates()
            .StartsBuiltProgram()
            .DisableForwardedHeaders()
            .AsReplica(secrets);

    private static IResourceBuilder<InferenceReplicaResource> AddEngineReplica(
        this IDistributedApplicationBuilder builder, string name, InferenceReplicaOptions options, string gpu, FleetSecrets secrets)
    {
        var kind = options.Engine.ToString().ToLowerInvariant();
        var replica = builder.AddResource(new InferenceReplicaResource(name, kind, gpu))
            .WithImage($"clawdbot-{kind}")
            .WithDockerfile(builder.FromRoot("."), $"deploy/images/{kind}/Dockerfile")
            .WithHttpEndpoint(targetPort: 8000, name: "http")
            .WithEnvironment("Engine__Kind", kind)
            .WithOtlpExporter()
            .AsReplica(secrets);
        if (builder.Target() is PublishTarget.None or PublishTarget.Manifest)
        {
            replica.WithBindMount(options.Models, "/models", isReadOnly: true)
                .WithContainerRuntimeArgs("--gpus", $"device={gpu}", "--shm-size", "16g", "--stop-timeout", "150");
        }
        return replica;
    }

    /// <summary>What a replica is, whatever its engine.</summary>
    private static IResourceBuilder<T> AsReplica<T>(this IResourceBuilder<T> replica, FleetSecrets secrets)
        where T : IResourceWithEnvironment, IResourceWithEndpoints, IComputeResource =>
        replica
            .WithRestarts()
            .WithFleetSecrets(secrets)
            .WithReadiness()
            .WithIconName(Icon)
            .WithUrlForEndpoint("http", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly) // a shim answers gateways only
            .InServing(ServingType.Replica);
}
