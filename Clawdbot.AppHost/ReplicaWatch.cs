using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clawdbot.AppHost;

/// <summary>
/// Keeps <see cref="ReplicaFile"/> up to date: a replica that runs is listed, one that was stopped on purpose is not, whether the command
/// Scale did it or somebody in the replica's own row. Prometheus is told, too, where it is a program of this machine.
/// </summary>
internal sealed class ReplicaWatch(
    ReplicaFile file, DistributedApplicationModel model, ResourceNotificationService notifications, IHostApplicationLifetime lifetime,
    ILogger<ReplicaWatch> log) : ResourceWatch(notifications, lifetime, log)
{
    private readonly PrometheusProgram? _prometheus = model.Resources.OfType<PrometheusProgram>().FirstOrDefault();
    private readonly ResourceNotificationService _notifications = notifications;
    private readonly HashSet<string> _stopping = [];

    protected override async Task ChangedAsync(ResourceEvent change, CancellationToken stopping)
    {
        var isReplica = file.Knows(change.Resource);
        if (isReplica)
            await FollowAsync(change.Resource, change.Snapshot.State?.Text);
        // At each start of Prometheus start.sh writes the initial list. The last change, to healthy, comes later and corrects it.
        if (_prometheus is not null && (isReplica || change.Resource == _prometheus))
            file.WriteTargets(_prometheus.Targets);
    }

    private async Task FollowAsync(IResource replica, string? state)
    {
        if (state == KnownResourceStates.Starting || state == KnownResourceStates.Running)
        {
            _stopping.Remove(replica.Name);
            await HideAsync(replica, false);
            if (state == KnownResourceStates.Running)
                file.List(replica.Name, true);
        }
        else if (state == KnownResourceStates.Stopping)
        {
            _stopping.Add(replica.Name);
        }
        else if (KnownResourceStates.TerminalStates.Contains(state) && _stopping.Remove(replica.Name))
        {
            file.List(replica.Name, false);
            await HideAsync(replica, true);
        }
    }

    /// <summary>Hides or shows a spare replica in the dashboard. Other replicas are always shown.</summary>
    private Task HideAsync(IResource replica, bool isHidden) => replica.IsSpare()
        ? _notifications.PublishUpdateAsync(replica, snapshot => snapshot with { IsHidden = isHidden })
        : Task.CompletedTask;
}
