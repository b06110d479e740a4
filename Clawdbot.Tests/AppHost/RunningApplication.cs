using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.AppHost;

/// <summary>Tests of one running application, one after the other: starting it is what they would cost.</summary>
[CollectionDefinition(Name)]
public sealed class OneApplication : ICollectionFixture<RunningApplication>
{
    public const string Name = "application";
}

/// <summary>
/// The application as <c>dotnet run --project Clawdbot.AppHost</c> starts it on a machine without a container engine, for all tests of a
/// collection. When they are done it is stopped, and none of its processes may be left.
/// </summary>
public sealed class RunningApplication : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly HashSet<int> _pids = [];

    /// <summary>More of its command line.</summary>
    internal IReadOnlyList<string> Arguments { get; init; } = [];

    internal DistributedApplication Application { get; private set; } = null!;

    /// <summary>The first gateway.</summary>
    internal HttpClient Http { get; private set; } = null!;

    internal ChatClient Chat { get; private set; } = null!;

    /// <summary>The fleet as the first gateway sees it, and as the second one does.</summary>
    internal IReadOnlyList<FleetWatch> Fleets { get; private set; } = [];

    internal IEnumerable<IResource> Resources => Application.Services.GetRequiredService<DistributedApplicationModel>().Resources;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit, TimeProvider.System);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Clawdbot_AppHost>(
            ["--Containers=false", "--Ports:Nginx=0", "--Ports:Gateways=0", .. Arguments], limit.Token);
        foreach (var replica in builder.Resources.OfType<ProjectResource>().Where(r => r.Name.StartsWith("replica-", StringComparison.Ordinal)))
            builder.CreateResourceBuilder(replica).WithEnvironment("Engine__Embedded__TokensPerSecond", "10"); // time to press a button
        foreach (var gateway in builder.Resources.OfType<ProjectResource>().Where(r => r.Name.StartsWith("gateway-", StringComparison.Ordinal)))
        {
            builder.CreateResourceBuilder(gateway)
                .WithEnvironment("Failover__Hedge", "false") // who answers is killed, not who was asked beside it
                .WithEnvironment("Health__SilenceMilliseconds", "10000"); // nothing hangs here, unless the machine is busy
        }
        builder.Services.AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None));
        Application = await builder.BuildAsync(limit.Token);
        await Application.StartAsync(limit.Token);
        foreach (var name in (string[])["gateway-0", "gateway-1"])
            await HealthyAsync(name);
        Http = Application.CreateHttpClient("gateway-0", "http");
        Chat = new ChatClient(Http);
        Fleets = [.. ((string[])["gateway-0", "gateway-1"]).Select(name => new FleetWatch(Application.GetEndpoint(name, "http")))];
        await AllServeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var fleet in Fleets)
            await fleet.DisposeAsync();
        Http?.Dispose();
        if (Application is null)
            return;
        _pids.UnionWith(Resources.Select(PidOf).OfType<int>());
        await Application.DisposeAsync();
        using var gone = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
        while (_pids.Any(Signals.Exists))
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, gone.Token);
    }

    /// <summary>Waits until the resource's health checks are content.</summary>
    internal async Task HealthyAsync(string resource)
    {
        using var limit = new CancellationTokenSource(StartLimit, TimeProvider.System);
        await Application.ResourceNotifications.WaitForResourceHealthyAsync(resource, limit.Token);
    }

    /// <summary>Waits until both gateways see both replicas healthy.</summary>
    internal async Task AllServeAsync()
    {
        foreach (var fleet in Fleets)
        {
            var view = await fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
            _pids.UnionWith(view.Replicas.Select(r => r.Pid!.Value));
        }
    }

    /// <summary>Does what the button in the dashboard does.</summary>
    internal async Task CommandAsync(string resource, string command)
    {
        var done = await Application.Services.GetRequiredService<ResourceCommandService>()
            .ExecuteCommandAsync(Resources.Single(r => r.Name == resource), command, TestContext.Current.CancellationToken);
        Assert.True(done.Success, done.Message);
    }

    /// <summary>Its process now, or null.</summary>
    internal int? PidOf(IResource resource) =>
        Application.ResourceNotifications.TryGetCurrentState(resource.Name, out var current)
        && current.Snapshot.Properties.FirstOrDefault(p => p.Name == "executable.pid")?.Value is { } pid ? Convert.ToInt32(pid, null) : null;
}
