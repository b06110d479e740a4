using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clawdbot.AppHost;

/// <summary>
/// Starts what ended by itself again, as <c>restart: always</c> does in Compose: Aspire leaves a process that died dead. What
/// was stopped in the dashboard stays stopped.
/// </summary>
internal sealed partial class Restarts(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceCommandService commands,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Restarts> log) : IDistributedApplicationEventingSubscriber
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
        var watched = model.Resources.Where(r => r.Annotations.OfType<RestartsAnnotation>().Any()).ToHashSet();
        var asked = new HashSet<string>(); // to stop
        var running = new HashSet<string>();
        await foreach (var change in notifications.WatchAsync(stoppingToken))
        {
            if (!watched.Contains(change.Resource))
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Resource} ended by itself (exit code {ExitCode}) and is started again")]
    private static partial void Ended(ILogger logger, string resource, int? exitCode);
}

/// <summary>Marks a resource that is started again when it ends by itself.</summary>
internal sealed class RestartsAnnotation : IResourceAnnotation;

internal static class RestartsExtensions
{
    /// <summary>Run here, the resource is started again when it ends by itself.</summary>
    public static IResourceBuilder<T> WithRestarts<T>(this IResourceBuilder<T> builder) where T : IResource
    {
        if (builder.ApplicationBuilder.ExecutionContext.IsPublishMode)
            return builder;
        builder.ApplicationBuilder.Services.TryAddSingleton(TimeProvider.System);
        builder.ApplicationBuilder.Services.TryAddEventingSubscriber<Restarts>();
        return builder.WithAnnotation(new RestartsAnnotation());
    }
}
