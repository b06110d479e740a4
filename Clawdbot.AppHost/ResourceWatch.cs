using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clawdbot.AppHost;

/// <summary>
/// Sees every change of every resource, from before the first one starts. Not a hosted service: those begin after all
/// resources have, and a container without an engine never does.
/// </summary>
internal abstract partial class ResourceWatch(ResourceNotificationService notifications, IHostApplicationLifetime lifetime, ILogger log)
    : IDistributedApplicationEventingSubscriber
{
    /// <inheritdoc/>
    public Task SubscribeAsync(
        IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext,
        CancellationToken cancellationToken)
    {
        eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            _ = WatchAsync(lifetime.ApplicationStopping);
            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }

    /// <summary>Handles one change. The next one comes when this is done.</summary>
    protected abstract Task ChangedAsync(ResourceEvent change, CancellationToken stopping);

    private async Task WatchAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(stopping))
                await ChangedAsync(change, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The application stops.
        }
        catch (Exception fault)
        {
            Ended(log, GetType().Name, fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Watch} failed and watches no more")]
    private static partial void Ended(ILogger logger, string watch, Exception fault);
}
