using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Kubernetes;

namespace Clawdbot.AppHost;

/// <summary>The form in which the application is published.</summary>
internal enum PublishTarget
{
    /// <summary>It is run here.</summary>
    None,

    /// <summary><c>aspire-manifest.json</c>, for azd and aspirate.</summary>
    Manifest,

    /// <summary>Compose files.</summary>
    Compose,

    /// <summary>A chart for Kubernetes.</summary>
    Kubernetes,
}

internal static class PublishTargetExtensions
{
    /// <summary>
    /// The switch <c>--Target=compose|kubernetes</c>; without it publishing writes the manifest. One model has one environment:
    /// two would each need every resource assigned to them.
    /// </summary>
    /// <exception cref="InvalidOperationException">The switch has another value.</exception>
    public static PublishTarget Target(this IDistributedApplicationBuilder builder) =>
        !builder.ExecutionContext.IsPublishMode ? PublishTarget.None
        : builder.Configuration["Target"]?.ToLowerInvariant() switch
        {
            null or "" => PublishTarget.Manifest,
            "compose" => PublishTarget.Compose,
            "kubernetes" or "k8s" => PublishTarget.Kubernetes,
            var other => throw new InvalidOperationException($"Target is '{other}'; use compose or kubernetes, or leave it out for the manifest."),
        };

    /// <summary>Adds the environment that the target asks for.</summary>
    public static void AddPublishTarget(this IDistributedApplicationBuilder builder)
    {
        switch (builder.Target())
        {
            case PublishTarget.Compose:
                builder.AddComposeTarget();
                break;
            case PublishTarget.Kubernetes:
                builder.AddKubernetesTarget();
                break;
        }
    }

    /// <summary>Says what the resource is in Compose; means nothing elsewhere.</summary>
    public static IResourceBuilder<T> InCompose<T>(this IResourceBuilder<T> builder, Action<Service> configure) where T : IComputeResource =>
        builder.ApplicationBuilder.Target() == PublishTarget.Compose ? builder.PublishAsDockerComposeService((_, service) => configure(service)) : builder;

    /// <summary>Says what the resource is in Kubernetes; means nothing elsewhere.</summary>
    public static IResourceBuilder<T> InKubernetes<T>(this IResourceBuilder<T> builder, Action<KubernetesResource> configure) where T : IComputeResource =>
        builder.ApplicationBuilder.Target() == PublishTarget.Kubernetes ? builder.PublishAsKubernetesService(configure) : builder;

    /// <summary>A path below the repository's root.</summary>
    public static string FromRoot(this IDistributedApplicationBuilder builder, string path) =>
        Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", path));
}
