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

internal static partial class PublishTargetExtensions
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

    /// <summary>Adds the environment that the target asks for. The model must be whole by then: the target completes its resources.</summary>
    /// <exception cref="InvalidOperationException">This build has only the manifest.</exception>
    public static void AddPublishTarget(this IDistributedApplicationBuilder builder)
    {
        var target = builder.Target();
        if (target is PublishTarget.None or PublishTarget.Manifest)
            return;
        var added = false;
        AddForm(builder, target, ref added);
        if (!added)
        {
            throw new InvalidOperationException(
                $"This build publishes only the manifest. Build it with -p:Publishing=true for {target}; that takes the packages Aspire.Hosting.Docker and Aspire.Hosting.Kubernetes.");
        }
    }

    /// <summary>In <c>Publishing/</c>, which a build without the publishers' packages has not.</summary>
    static partial void AddForm(IDistributedApplicationBuilder builder, PublishTarget target, ref bool added);

    /// <summary>A path below the repository's root.</summary>
    public static string FromRoot(this IDistributedApplicationBuilder builder, string path) =>
        Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", path));
}
