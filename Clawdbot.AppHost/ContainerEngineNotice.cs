using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clawdbot.AppHost;

/// <summary>
/// Without a container engine, says so on every container in the dashboard. Aspire does for containers that need nothing of
/// this machine; one that does is left at "Waiting" or "Starting" for ever, because its tunnel waits for the engine too.
/// </summary>
internal sealed partial class ContainerEngineNotice(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService loggers,
    IHostApplicationLifetime lifetime) : IDistributedApplicationEventingSubscriber
{
    /// <inheritdoc/>
    public Task SubscribeAsync(IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            _ = WatchAsync(lifetime.ApplicationStopping);
            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        var missing = false;
        await foreach (var change in notifications.WatchAsync(stoppingToken))
        {
            if (!missing && change.Snapshot.State?.Text == KnownResourceStates.RuntimeUnhealthy)
            {
                missing = true;
                foreach (var container in model.Resources.Where(r => r.IsContainer()))
                    await SayAsync(container);
            }
            else if (missing && change.Resource.IsContainer() && IsStuck(change.Snapshot.State?.Text))
            {
                await SayAsync(change.Resource);
            }
            else if (missing && change.Resource.IsContainer() && change.Snapshot.State?.Text == KnownResourceStates.Running)
            {
                return; // the engine is back
            }
        }
    }

    private async Task SayAsync(IResource container)
    {
        NotStarted(loggers.GetLogger(container));
        await notifications.PublishUpdateAsync(container, snapshot => snapshot with
        {
            State = new ResourceStateSnapshot(KnownResourceStates.RuntimeUnhealthy, KnownResourceStateStyles.Warn),
        });
    }

    private static bool IsStuck(string? state) => state == KnownResourceStates.Waiting || state == KnownResourceStates.Starting;

    [LoggerMessage(Level = LogLevel.Warning, Message = "No container engine answers, so this container does not run. Start Docker or Podman and run the application again; gateways and replicas need neither.")]
    private static partial void NotStarted(ILogger logger);
}

internal static class ContainerEngineNoticeExtensions
{
    /// <summary>Watches for a container engine that is not there.</summary>
    public static void AddContainerEngineNotice(this IDistributedApplicationBuilder builder)
    {
        if (!builder.ExecutionContext.IsPublishMode)
            builder.Services.AddEventingSubscriber<ContainerEngineNotice>();
    }
}
