namespace Clawdbot.AppHost;

/// <summary>A heading in the dashboard.</summary>
internal sealed class GroupResource(string name) : Resource(name);

/// <summary>What a resource is to a request, in the order in which it passes them.</summary>
internal enum ServingType
{
    /// <summary>Spreads clients over the gateways.</summary>
    EdgeProxy,

    /// <summary>Picks a replica, and another when that one fails.</summary>
    Gateway,

    /// <summary>A shim with its engine.</summary>
    Replica,

    /// <summary>Holds what gateways count together.</summary>
    SharedStore,
}

internal static class GroupExtensions
{
    /// <summary>Name of the heading over the resources that a request passes.</summary>
    public const string Serving = "serving";

    /// <summary>
    /// Puts the resource under the heading of what a request passes. The dashboard sorts by type, then by name, so these types stand in
    /// the order of a request.
    /// </summary>
    public static IResourceBuilder<T> InServing<T>(this IResourceBuilder<T> builder, ServingType type) where T : IResource =>
        builder.InGroup(Serving, type switch
        {
            ServingType.EdgeProxy => "Edge proxy",
            ServingType.Gateway => "Gateway",
            ServingType.Replica => "Replica",
            _ => "Shared store",
        });

    /// <summary>Puts the resource under the heading of what watches the others.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="type">Its type in the dashboard, which sorts by it.</param>
    public static IResourceBuilder<T> InWatching<T>(this IResourceBuilder<T> builder, string type) where T : IResource =>
        builder.InGroup("watching", type);

    private static IResourceBuilder<T> InGroup<T>(this IResourceBuilder<T> builder, string name, string type) where T : IResource
    {
        var application = builder.ApplicationBuilder;
        if (application.ExecutionContext.IsPublishMode)
            return builder;
        var group = application.Resources.OfType<GroupResource>().FirstOrDefault(g => g.Name == name) ?? application.AddGroup(name);
        var before = builder.Resource.Annotations.OfType<ResourceSnapshotAnnotation>().LastOrDefault()?.InitialSnapshot;
        return builder
            .WithInitialState(before is null
                ? new CustomResourceSnapshot { ResourceType = type, Properties = [] }
                : before with { ResourceType = type })
            .WithParentRelationship(group);
    }

    private static GroupResource AddGroup(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new GroupResource(name))
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = "Group",
                Properties = [],
                State = new ResourceStateSnapshot(KnownResourceStates.Active, KnownResourceStateStyles.Success),
            })
            .WithIconName("Folder")
            .ExcludeFromManifest()
            .Resource;
}
