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
    IHostApplicationLifetime lifetime, ILogger<ContainerEngineNotice> log) : ResourceWatch(notifications, lifetime, log)
{
    private readonly ResourceNotificationService _notifications = notifications;
    private bool _missing;

    protected override async Task ChangedAsync(ResourceEvent change, CancellationToken stopping)
    {
        if (!change.Resource.IsContainer())
            return;
        var state = change.Snapshot.State?.Text;
        if (state == KnownResourceStates.Running)
        {
            _missing = false; // the engine is there, or there again
        }
        else if (!_missing && state == KnownResourceStates.RuntimeUnhealthy)
        {
            _missing = true;
            foreach (var container in model.Resources.Where(r => r.IsContainer()))
                await SayAsync(container);
        }
        else if (_missing && (state == KnownResourceStates.Waiting || state == KnownResourceStates.Starting))
        {
            await SayAsync(change.Resource);
        }
    }

    private async Task SayAsync(IResource container)
    {
        NotStarted(loggers.GetLogger(container));
        await _notifications.PublishUpdateAsync(container, snapshot => snapshot with
        {
            State = new ResourceStateSnapshot(KnownResourceStates.RuntimeUnhealthy, KnownResourceStateStyles.Warn),
        });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No container engine answers, so this container does not run. Start Docker or Podman and run the application again; gateways and replicas need neither.")]
    private static partial void NotStarted(ILogger logger);
}

internal static class ContainerEngineNoticeExtensions
{
    /// <summary>Watches for a container engine that is not there.</summary>
    public static void AddContainerEngineNotice(this IDistributedApplicationBuilder builder)
    {
        if (!builder.ExecutionContext.IsPublishMode)
            builder.Services.TryAddEventingSubscriber<ContainerEngineNotice>();
    }
}
