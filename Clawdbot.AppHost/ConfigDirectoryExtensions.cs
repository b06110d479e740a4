namespace Clawdbot.AppHost;

/// <summary>A directory of this repository that a container gets, read-only. There is one copy of each file that somebody edits.</summary>
/// <param name="Source">Directory, from the repository's root.</param>
/// <param name="Path">Full path of the directory on this machine.</param>
/// <param name="Target">Directory in the container.</param>
internal sealed record ConfigDirectoryAnnotation(string Source, string Path, string Target) : IResourceAnnotation;

internal static class ConfigDirectoryExtensions
{
    /// <summary>
    /// Gives a container such a directory: as a mount here and in Compose, as a ConfigMap in Kubernetes, which has no bind mounts.
    /// </summary>
    public static IResourceBuilder<T> WithConfigDirectory<T>(this IResourceBuilder<T> builder, string source, string target)
        where T : ContainerResource
    {
        var directory = builder.ApplicationBuilder.FromRoot(source);
        return builder.ApplicationBuilder.Target() is PublishTarget.Compose or PublishTarget.Kubernetes
            ? builder.WithAnnotation(new ConfigDirectoryAnnotation(source, directory, target))
            : builder.WithBindMount(directory, target, isReadOnly: true);
    }
}
