namespace Clawdbot.AppHost.Publishing;

/// <summary>The form in which the application is published.</summary>
internal enum PublishTarget
{
    /// <summary>Not published: the application is run here.</summary>
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
    private static readonly Dictionary<PublishTarget, Action<IDistributedApplicationBuilder>> Environments = CreateEnvironments();

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
            var other => throw new InvalidOperationException(
                $"Target is '{other}'; use compose or kubernetes, or leave it out for the manifest."),
        };

    /// <summary>Adds a mistake when <c>Target</c> is wrong, or when this build can't publish in that form.</summary>
    public static void Check(IDistributedApplicationBuilder builder, ICollection<string> mistakes)
    {
        try
        {
            if (builder.Target() is (PublishTarget.Compose or PublishTarget.Kubernetes) and var target && !Environments.ContainsKey(target))
            {
                mistakes.Add("This build publishes only the manifest; "
                    + $"add -p:Publishing=true for --Target={target.ToString().ToLowerInvariant()}: "
                    + "it restores the packages Aspire.Hosting.Docker and Aspire.Hosting.Kubernetes, which not every feed has.");
            }
        }
        catch (InvalidOperationException mistake)
        {
            mistakes.Add(mistake.Message);
        }
    }

    /// <summary>
    /// Adds the environment that the target asks for. Call it when the model has all its resources: the environment completes them.
    /// </summary>
    public static void AddPublishTarget(this IDistributedApplicationBuilder builder)
    {
        if (Environments.TryGetValue(builder.Target(), out var add))
            add(builder);
    }

    /// <summary>A path below the repository's root.</summary>
    public static string FromRoot(this IDistributedApplicationBuilder builder, string path) =>
        Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", path));

    private static Dictionary<PublishTarget, Action<IDistributedApplicationBuilder>> CreateEnvironments()
    {
        var environments = new Dictionary<PublishTarget, Action<IDistributedApplicationBuilder>>();
        Include(environments);
        return environments;
    }

    /// <summary>The other half, <c>Environments.cs</c>, is compiled only with <c>-p:Publishing=true</c>.</summary>
    static partial void Include(Dictionary<PublishTarget, Action<IDistributedApplicationBuilder>> environments);
}
