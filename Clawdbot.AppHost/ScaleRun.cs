using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.AppHost;

/// <summary>One scaling: brings one replica up, or one down, and says in a sentence what is still open when a limit is reached.</summary>
internal sealed class ScaleRun(ExecuteCommandContext context, GatewayViews gateways, IReadOnlyList<EndpointReference> admins)
{
    private readonly ResourceNotificationService _notifications = context.Services.GetRequiredService<ResourceNotificationService>();
    private readonly ResourceCommandService _commands = context.Services.GetRequiredService<ResourceCommandService>();
    private readonly ReplicaFile _file = context.Services.GetRequiredService<ReplicaFile>();
    private readonly TimeProvider _time = context.Services.GetRequiredService<TimeProvider>();

    /// <summary>The replicas that gateways are told of now.</summary>
    public IReadOnlyList<string> Listed => _file.Listed;

    /// <summary>Whether every gateway sees one of these healthy.</summary>
    public async Task<bool> AnyHealthyAsync(IReadOnlyList<IResource> replicas)
    {
        var views = await gateways.LookAsync(_notifications, context.CancellationToken);
        return views.Count > 0 && views.All(view => replicas.Any(replica => view[replica.Name]?.State == "Healthy"));
    }

    /// <summary>Starts it and waits until every gateway sees it healthy. Null, or what is open.</summary>
    public async Task<string?> StartAsync(IResource replica, TimeSpan limit, TimeSpan interval)
    {
        var started = await _commands.ExecuteCommandAsync(replica, KnownResourceCommands.StartCommand, context.CancellationToken);
        if (!started.Success)
            return $"{replica.Name} could not be started: {started.Message}";
        var open = await WaitAsync(replica, view => view[replica.Name]?.State == "Healthy", limit, interval);
        return open is null ? null : $"{replica.Name} was started, but after {limit.TotalSeconds:0} s {open}; its console says more.";
    }

    /// <summary>
    /// Drains it, waits until every gateway sees it idle, stops it, and waits until every gateway has forgotten it. Null, or what is open.
    /// </summary>
    public async Task<string?> StopAsync(IResource replica, TimeSpan drain, TimeSpan forget, TimeSpan interval)
    {
        var refused = "";
        // Asked again while a gateway sends it requests: it may have been restarted, or returned by somebody.
        var open = await WaitAsync(
            replica, view => view.Replicas is not null && view[replica.Name] is null or { IsIdle: true }, drain, interval,
            async () => refused = await VerbAsync(replica, "drain", context.CancellationToken));
        if (open is not null)
        {
            return $"{replica.Name} was not stopped: after {drain.TotalSeconds:0} s {open}. {refused}"
                + "It finishes what it has; scale again, or return it.";
        }
        var stopped = await _commands.ExecuteCommandAsync(replica, KnownResourceCommands.StopCommand, context.CancellationToken);
        if (!stopped.Success)
            return $"{replica.Name} is drained, but could not be stopped: {stopped.Message}";
        open = await WaitAsync(replica, view => view.Replicas is not null && view[replica.Name] is null, forget, interval);
        return open is null ? null : $"{replica.Name} was drained and stopped, but after {forget.TotalSeconds:0} s {open}.";
    }

    /// <summary>Lets it take requests again, although the command was cancelled.</summary>
    public Task ReturnAsync(IResource replica) => VerbAsync(replica, "return", CancellationToken.None);

    /// <summary>Null once the condition holds in every gateway that runs, else what was seen when the limit was reached.</summary>
    private async Task<string?> WaitAsync(
        IResource replica, Func<GatewayView, bool> condition, TimeSpan limit, TimeSpan interval, Func<Task>? again = null)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            var views = await gateways.LookAsync(_notifications, context.CancellationToken);
            if (views.Count > 0 && views.All(condition))
                return null;
            if (_time.GetElapsedTime(began) > limit)
            {
                var open = views.Where(view => !condition(view)).Select(view => view.Describe(replica.Name));
                return views.Count == 0 ? "no gateway runs" : string.Join(" and ", open);
            }
            if (again is not null && views.Any(view => view[replica.Name] is { IsServing: true }))
                await again();
            await Task.Delay(interval, _time, context.CancellationToken);
        }
    }

    private async Task<string> VerbAsync(IResource replica, string verb, CancellationToken cancellation) =>
        await OperatorCommands.SendAsync(admins, replica.Name, verb, cancellation) is { Success: false } refused
            ? refused.Message + " "
            : "";
}
