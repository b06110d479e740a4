using System.Text;
using System.Text.Json;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.AppHost;

/// <summary>
/// The list of replicas that gateways follow (their <c>Discovery:File</c>): those that start with the application, until some are started
/// or stopped. One that ended by itself stays listed, for it is started again.
/// </summary>
internal sealed class ReplicaFile(string folder, IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> replicas)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _listed =
        [.. replicas.Select(replica => replica.Resource).Where(replica => !replica.IsSpare()).Select(replica => replica.Name)];

    /// <summary>Full path of the file.</summary>
    public string Path { get; } = System.IO.Path.Combine(folder, "replicas.json");

    /// <summary>Names of the replicas in it, in the order of their numbers.</summary>
    public IReadOnlyList<string> Listed => [.. Endpoints().Keys];

    /// <summary>Whether it is one of the replicas that may be in it.</summary>
    public bool Knows(IResource resource) => replicas.Any(replica => replica.Resource == resource);

    /// <summary>Writes it before its first reader starts.</summary>
    public async Task WriteAsync(CancellationToken cancellation)
    {
        foreach (var endpoint in Endpoints().Values)
            await endpoint.GetValueAsync(cancellation); // Aspire gives all of them a port before it starts the first program
        lock (_lock)
            Write();
    }

    /// <summary>Adds the replica to it, or removes it.</summary>
    public void List(string replica, bool isThere)
    {
        lock (_lock)
        {
            if (isThere ? _listed.Add(replica) : _listed.Remove(replica))
                Write();
        }
    }

    /// <summary>
    /// Writes the same list as targets of Prometheus, in the form of <c>deploy/prometheus/start.sh</c>, which writes those that start with
    /// the application. Does nothing before that script has written its list.
    /// </summary>
    public void WriteTargets(string targets)
    {
        var text = new StringBuilder("# The replicas that run now.\n");
        foreach (var (name, endpoint) in Endpoints().Where(replica => replica.Value.IsAllocated))
            text.Append($"- targets: [\"{new Uri(endpoint.Url).Authority}\"]\n  labels: {{instance: \"{name}\"}}\n");
        var path = System.IO.Path.Combine(targets, "replica.yml");
        lock (_lock)
        {
            if (File.Exists(path) && File.ReadAllText(path) != text.ToString())
                Replace(path, text.ToString());
        }
    }

    private void Write() => Replace(Path, JsonSerializer.Serialize(Endpoints()
        .Where(replica => replica.Value.IsAllocated).ToDictionary(replica => replica.Key, replica => replica.Value.Url)));

    private OrderedDictionary<string, EndpointReference> Endpoints()
    {
        lock (_lock)
        {
            return new(replicas.Where(replica => _listed.Contains(replica.Resource.Name))
                .Select(replica => KeyValuePair.Create(replica.Resource.Name, replica.GetEndpoint("http"))));
        }
    }

    /// <summary>Replaces a file in one step: a reader sees all of the old text, or all of the new.</summary>
    private static void Replace(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }
}

internal static class ReplicaFileExtensions
{
    /// <summary>Adds the file, and what keeps it up to date; null where replicas don't come and go.</summary>
    public static ReplicaFile? AddReplicaFile(
        this IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> replicas)
    {
        if (!replicas.CanScale())
            return null;
        var file = new ReplicaFile(builder.CreateProgramFolder("replicas"), replicas);
        builder.Services.AddSingleton(file);
        builder.Services.TryAddEventingSubscriber<ReplicaWatch>();
        return file;
    }
}
