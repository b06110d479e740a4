using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Clawdbot.AppHost;

internal static class ConfigDirectoryExtensions
{
    /// <summary>
    /// Gives a container a directory of this repository, read-only: as a mount here and in Compose, as a ConfigMap in Kubernetes
    /// (which has no bind mounts). So there is one copy of each file that somebody edits.
    /// </summary>
    /// <param name="builder">The container.</param>
    /// <param name="source">Directory, from the repository's root.</param>
    /// <param name="target">Directory in the container.</param>
    public static IResourceBuilder<T> WithConfigDirectory<T>(this IResourceBuilder<T> builder, string source, string target) where T : ContainerResource
    {
        var directory = builder.ApplicationBuilder.FromRoot(source);
        return builder.ApplicationBuilder.Target() switch
        {
            PublishTarget.Compose => builder.InCompose(service => service.AddVolume(new Volume
            {
                Name = source,
                Type = "bind",
                Source = Path.GetRelativePath("deploy/compose", source),
                Target = target,
                ReadOnly = true,
            })),
            PublishTarget.Kubernetes => builder.InKubernetes(resource => Mount(resource, directory, target)),
            _ => builder.WithBindMount(directory, target, isReadOnly: true),
        };
    }

    private static void Mount(KubernetesResource resource, string directory, string target)
    {
        var name = $"{resource.Name}-{Path.GetFileName(directory)}";
        var map = new ConfigMap { Metadata = { Name = name } };
        var volume = new VolumeV1 { Name = name, ConfigMap = new ConfigMapVolumeSourceV1 { Name = name } };
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var path = Path.GetRelativePath(directory, file).Replace('\\', '/');
            var key = path.Replace('/', '.'); // a key has no directories; the volume's items put them back
            map.Data[key] = File.ReadAllText(file).Replace("{{", "{{ `{{` }}", StringComparison.Ordinal); // a chart's files are templates
            volume.ConfigMap.Items.Add(new KeyToPathV1 { Key = key, Path = path });
        }
        resource.AdditionalResources.Add(map);
        resource.Pod().Volumes.Add(volume);
        resource.Container().VolumeMounts.Add(new VolumeMountV1 { Name = name, MountPath = target, ReadOnly = true });
    }
}
