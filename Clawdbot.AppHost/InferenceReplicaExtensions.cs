namespace Clawdbot.AppHost;

/// <summary>A shim with a GPU engine as its child, in one container made from the engine's own image.</summary>
internal sealed class InferenceReplicaResource(string name, string engine, string gpu)
    : ContainerResource(name), IResourceWithServiceDiscovery
{
    /// <summary>Name of the engine's folder in <c>deploy/images</c>.</summary>
    public string Engine => engine;

    /// <summary>The GPU that only this replica uses.</summary>
    public string Gpu => gpu;
}

internal static class InferenceReplicaExtensions
{
    private const string Icon = "BrainCircuit";

    /// <summary>
    /// Adds the replicas that section <c>Replicas</c> asks for. Each is a resource of its own, never one with a replica count:
    /// the gateway must see them one by one, and two copies of one container would share its GPU. Where they can be scaled, those that
    /// may come later are among them, not started.
    /// </summary>
    public static IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> AddInferenceReplicas(
        this IDistributedApplicationBuilder builder, FleetSecrets secrets)
    {
        var options = InferenceReplicaOptions.Read(builder.Configuration, []); // mistakes have been reported by then
        var declared = options.Engine == EngineKind.Embedded && builder.ExecutionContext.IsRunMode ? options.Most : options.Count;
        return [.. Enumerable.Range(0, declared).Select<int, IResourceBuilder<IResourceWithServiceDiscovery>>(i =>
            i >= options.Count ? builder.AddEmbeddedReplica($"replica-{i}", secrets).AsSpare()
                : options.Engine == EngineKind.Embedded ? builder.AddEmbeddedReplica($"replica-{i}", secrets)
                : builder.AddEngineReplica($"replica-{i}", options, options.Gpus[i], secrets))];
    }

    /// <summary>Whether they can come and go while the application runs: embedded ones, run here.</summary>
    public static bool CanScale(this IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> replicas) =>
        replicas[0].ApplicationBuilder.ExecutionContext.IsRunMode && replicas[0].Resource is ProjectResource;

    /// <summary>Whether it is a replica that is started only when somebody asks for it.</summary>
    public static bool IsSpare(this IResource replica) => replica.Annotations.OfType<ExplicitStartupAnnotation>().Any();

    /// <summary>Not started with the application, and hidden until somebody starts it (<see cref="ReplicaWatch"/>).</summary>
    private static IResourceBuilder<ProjectResource> AsSpare(this IResourceBuilder<ProjectResource> replica)
    {
        var shown = replica.Resource.Annotations.OfType<ResourceSnapshotAnnotation>().Last().InitialSnapshot;
        return replica.WithExplicitStart().WithInitialState(shown with { IsHidden = true });
    }

    private static IResourceBuilder<ProjectResource> AddEmbeddedReplica(
        this IDistributedApplicationBuilder builder, string name, FleetSecrets secrets) =>
        builder.AddProject<Projects.Clawdbot_InferenceShim>(name, project => project.ExcludeLaunchProfile = true)
            // No proxy of Aspire's here: gateways should see a dead replica refuse, not a proxy accept for it.
            .WithHttpEndpoint(
                targetPort: builder.ExecutionContext.IsPublishMode ? 8000 : null, name: "http",
                isProxied: builder.ExecutionContext.IsPublishMode)
            .WithContainerEndpoint()
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

    /// <summary>Adds what every replica has, whatever its engine.</summary>
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
