namespace Clawdbot.Gateway.Discovery;

/// <summary>A replica as its source knows it.</summary>
/// <param name="Id">Stable over restarts and unique in the fleet.</param>
/// <param name="Source">Name of the source.</param>
/// <param name="Address">Where it listens; null while it does not.</param>
/// <param name="Pid">Process id, where the source started it.</param>
/// <param name="Starts">How often the source started it.</param>
/// <param name="Note">Why there is no address, in words.</param>
internal sealed record ReplicaEndpoint(string Id, string Source, Uri? Address, int? Pid = null, int Starts = 0, string Note = "");

/// <summary>Tells which replicas exist. Whether they work is not its business.</summary>
internal interface IReplicaSource
{
    /// <summary>
    /// Calls <paramref name="publish"/> with the whole list, at once and at each change, until cancelled. A source that
    /// loses its registry keeps quiet: the last list stays good.
    /// </summary>
    Task WatchAsync(Action<IReadOnlyList<ReplicaEndpoint>> publish, CancellationToken cancellation);
}
