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
    ResourceNotificationService notifications, ResourceCommandService commands, IHostApplicationLifetime lifetime,
    TimeProvider time, ILogger<Restarts> log) : ResourceWatch(notifications, lifetime, log)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongLife = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Life> _lives = [];

    protected override Task ChangedAsync(ResourceEvent change, CancellationToken stopping)
    {
        if (!change.Resource.Annotations.OfType<RestartsAnnotation>().Any())
            return Task.CompletedTask;
        if (!_lives.TryGetValue(change.ResourceId, out var life))
            _lives[change.ResourceId] = life = new Life();
        var state = change.Snapshot.State?.Text;
        // A process that ends at once is never seen running; seeing it start is enough.
        if ((state == KnownResourceStates.Starting || state == KnownResourceStates.Running) && !life.Runs)
        {
            (life.Runs, life.Began) = (true, time.GetTimestamp());
        }
        else if (state == KnownResourceStates.Stopping || state == KnownResourceStates.FailedToStart)
        {
            life.Runs = false; // somebody asked it to, or it can't be made: trying once more would not help
        }
        else if (KnownResourceStates.TerminalStates.Contains(state) && life.Runs)
        {
            life.Runs = false;
            life.Pause = time.GetElapsedTime(life.Began) > LongLife
                ? Shortest
                : TimeSpan.FromTicks(Math.Clamp(life.Pause.Ticks * 2, Shortest.Ticks, Longest.Ticks));
            Ended(log, change.Resource.Name, change.Snapshot.ExitCode);
            _ = StartAsync(change.ResourceId, life.Pause, stopping);
        }
        return Task.CompletedTask;
    }

    private async Task StartAsync(string resource, TimeSpan pause, CancellationToken stopping)
    {
        await Task.Delay(pause, time, stopping);
        var started = await commands.ExecuteCommandAsync(resource, KnownResourceCommands.StartCommand, stopping);
        if (!started.Success)
            NotStarted(log, resource, started.Message);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Resource} ended by itself (exit code {ExitCode}) and is started again")]
    private static partial void Ended(ILogger logger, string resource, int? exitCode);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Resource} could not be started again: {Reason}")]
    private static partial void NotStarted(ILogger logger, string resource, string? reason);

    private sealed class Life
    {
        public bool Runs { get; set; }

        public long Began { get; set; }

        /// <summary>Pause before the next start. It doubles while the program ends soon after each start.</summary>
        public TimeSpan Pause { get; set; }
    }
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
