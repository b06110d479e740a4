using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clawdbot.AppHost;

/// <summary>What must be healthy before the application is ready, and the address to report then.</summary>
/// <param name="Resources">All of them must be healthy.</param>
/// <param name="Entry">Endpoint that clients use.</param>
internal sealed record ReadyNoticeOptions(IReadOnlyList<IResource> Resources, EndpointReference Entry);

/// <summary>Says once, on the console of whoever started the application, that it serves and where.</summary>
internal sealed partial class ReadyNotice(
    ReadyNoticeOptions options, ResourceNotificationService notifications, IHostApplicationLifetime lifetime,
    TimeProvider time, ILogger<ReadyNotice> log) : ResourceWatch(notifications, lifetime, log)
{
    private readonly HashSet<string> _waitsFor = [.. options.Resources.Select(resource => resource.Name)];
    private readonly long _began = time.GetTimestamp();

    protected override Task ChangedAsync(ResourceEvent change, CancellationToken stopping)
    {
        if (change.Snapshot.HealthStatus == HealthStatus.Healthy && _waitsFor.Remove(change.Resource.Name) && _waitsFor.Count == 0)
            Ready(log, time.GetElapsedTime(_began).TotalSeconds, options.Entry.Url);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Ready after {Seconds:0.0} s. Try it: {Address}")]
    private static partial void Ready(ILogger logger, double seconds, string address);
}

internal static class ReadyNoticeExtensions
{
    /// <summary>Says when all gateways serve, and what stands in front of them where there is something.</summary>
    public static void AddReadyNotice(
        this IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> gateways,
        IReadOnlyList<IResourceBuilder<IFrontResource>> fronts)
    {
        if (builder.ExecutionContext.IsPublishMode)
            return;
        var entry = (fronts.Count > 0 ? fronts[0] : (IResourceBuilder<IResourceWithEndpoints>)gateways[0]).GetEndpoint("http");
        builder.Services.AddSingleton(new ReadyNoticeOptions(
            [.. gateways.Select(gateway => gateway.Resource), .. fronts.Select(front => front.Resource)], entry));
        builder.Services.TryAddEventingSubscriber<ReadyNotice>();
    }
}
