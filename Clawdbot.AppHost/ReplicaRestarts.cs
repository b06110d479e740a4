using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clawdbot.AppHost;

/// <summary>
/// Starts a replica again that ended by itself, as <c>restart: always</c> does in Compose: Aspire leaves a process that
/// died dead. One that was stopped in the dashboard stays stopped.
/// </summary>
internal sealed partial class ReplicaRestarts(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceCommandService commands,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ReplicaRestarts> log) : IDistributedApplicationEventingSubscriber
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public Task SubscribeAsync(IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        // Not a hosted service: those start after all resources have, and a container without an engine never does.
        eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            _ = WatchAsync(lifetime.ApplicationStopping);
            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        var replicas = model.Resources.Where(r => r.Annotations.OfType<FleetMemberAnnotation>().Any()).ToHashSet();
        var asked = new HashSet<string>(); // to stop
        var running = new HashSet<string>();
        await foreach (var change in notifications.WatchAsync(stoppingToken))
        {
            if (!replicas.Contains(change.Resource))
                continue;
            var state = change.Snapshot.State?.Text;
            if (state == KnownResourceStates.Running)
            {
                running.Add(change.ResourceId);
                asked.Remove(change.ResourceId);
            }
            else if (state == KnownResourceStates.Stopping)
            {
                asked.Add(change.ResourceId);
            }
            else if (KnownResourceStates.TerminalStates.Contains(state) && running.Remove(change.ResourceId) && !asked.Contains(change.ResourceId))
            {
                Ended(log, change.Resource.Name, change.Snapshot.ExitCode);
                await Task.Delay(Pause, time, stoppingToken);
                await commands.ExecuteCommandAsync(change.ResourceId, KnownResourceCommands.StartCommand, stoppingToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Replica} ended by itself (exit code {ExitCode}) and is started again")]
    private static partial void Ended(ILogger logger, string replica, int? exitCode);
}

/// <summary>Marks a resource as a replica of the fleet.</summary>
internal sealed class FleetMemberAnnotation : IResourceAnnotation;

internal static class ReplicaRestartsExtensions
{
    /// <summary>Watches over the replicas while the application runs here.</summary>
    public static void AddReplicaRestarts(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode)
            return;
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddEventingSubscriber<ReplicaRestarts>();
    }
}
