namespace Clawdbot.Gateway.Discovery;

/// <summary>A replica as its source knows it.</summary>
/// <param name="Id">Its name: stable over restarts and unique in the fleet.</param>
/// <param name="Source">Name of the source.</param>
/// <param name="Address">The address it listens at; null while it does not listen.</param>
/// <param name="Pid">Process id; null where the source did not start it.</param>
/// <param name="Starts">How often the source started it.</param>
/// <param name="Note">Why there is no address, in words.</param>
internal sealed record ReplicaEndpoint(string Id, string Source, Uri? Address, int? Pid = null, int Starts = 0, string Note = "");

/// <summary>Tells which replicas exist, but not whether they work.</summary>
internal interface IReplicaSource
{
    /// <summary>
    /// Calls <paramref name="publish"/> with the whole list, at once and at each change, until cancelled. A source that
    /// loses its registry does not call it: the last list stays valid.
    /// </summary>
    Task WatchAsync(Action<IReadOnlyList<ReplicaEndpoint>> publish, CancellationToken cancellation);
}
