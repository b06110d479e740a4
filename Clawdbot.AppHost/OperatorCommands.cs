using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.AppHost;

/// <summary>What an operator does to replicas and gateways, as commands in the dashboard.</summary>
internal static class OperatorCommands
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private static readonly ReplicaCommand[] Commands =
    [
        new("drain", "drain", "Drain", "ArrowExit", "Takes nothing new, finishes what runs; the process stays.",
            "It takes no new requests until you return it. What runs is finished."),
        new("return", "return", "Return", "ArrowEnter", "Takes requests again after a drain.", Confirm: null),
        new("drain-restart", "restart", "Drain and restart", "ArrowSync", "Finishes what runs, ends, and is started again.",
            "It takes no new requests, finishes what runs (up to 120 s), ends, and is started again."),
    ];

    /// <summary>
    /// Adds drain, return, drain-restart and kill to each replica, and scale to their heading. The first three travel through whichever
    /// gateway answers. (Aspire has a <c>restart</c> of its own: stop and start.)
    /// </summary>
    public static void WithOperatorCommands(
        this IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> replicas,
        IReadOnlyList<IResourceBuilder<ProjectResource>> gateways)
    {
        var admins = gateways.Select(gateway => gateway.GetEndpoint("admin")).ToList();
        foreach (var replica in replicas)
        {
            foreach (var command in Commands)
                Add(replica, command);
            replica.WithKillCommand("SIGKILL, as a crash would be. It is started again, and no client should notice.");
        }
        replicas.WithScaleCommand(gateways);

        void Add(IResourceBuilder<IResource> replica, ReplicaCommand command) => replica.WithCommand(
            command.Name, command.Title,
            context => SendAsync(admins, replica.Resource.Name, command.Verb, context.CancellationToken), new CommandOptions
            {
                Description = command.Description,
                ConfirmationMessage = command.Confirm,
                IconName = command.Icon,
                UpdateState = WhileRunning,
            });
    }

    /// <summary>Adds a command that ends the resource as a crash would.</summary>
    public static IResourceBuilder<T> WithKillCommand<T>(this IResourceBuilder<T> builder, string description) where T : IResource =>
        builder.WithCommand("kill", "Kill", KillAsync, new CommandOptions
        {
            Description = description,
            ConfirmationMessage = $"Kill it now? {description}",
            IconName = "HeartBroken",
            IsHighlighted = true,
            UpdateState = WhileRunning,
        });

    private static ResourceCommandState WhileRunning(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    /// <summary>Has a replica drained, returned or restarted through the first of these admin listeners that delivers it.</summary>
    public static async Task<ExecuteCommandResult> SendAsync(
        IReadOnlyList<EndpointReference> gateways, string replica, string verb, CancellationToken cancellation)
    {
        var answers = new List<string>();
        foreach (var gateway in gateways.Where(g => g.IsAllocated))
        {
            try
            {
                using var response = await Http.PostAsync(
                    new Uri($"{gateway.Url}/admin/replicas/{replica}/{verb}"), content: null, cancellation);
                if (response.IsSuccessStatusCode)
                    return CommandResults.Success();
                answers.Add($"{gateway.Resource.Name}: {await response.Content.ReadAsStringAsync(cancellation)}");
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                answers.Add($"{gateway.Resource.Name}: {fault.Message}");
            }
        }
        return CommandResults.Failure($"No gateway delivered '{verb}'. {string.Join(" ", answers)}");
    }

    private static async Task<ExecuteCommandResult> KillAsync(ExecuteCommandContext context)
    {
        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        if (!notifications.TryGetCurrentState(context.ResourceName, out var current))
            return CommandResults.Failure($"{context.ResourceName} is not known.");
        var properties = current.Snapshot.Properties.ToDictionary(p => p.Name, p => p.Value?.ToString());
        if (properties.GetValueOrDefault("executable.pid") is { } pid)
        {
            // The whole tree: the project's process may be the child of the tool that launched it.
            using var process = Process.GetProcessById(int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture));
            process.Kill(entireProcessTree: true);
            return CommandResults.Success();
        }
        if (properties.GetValueOrDefault("container.id") is { } container)
        {
            var runtime = ContainerUse.Engines()[0];
            var kill = new ProcessStartInfo(runtime, ["kill", container]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(kill)!;
            await process.WaitForExitAsync(context.CancellationToken);
            return process.ExitCode == 0
                ? CommandResults.Success()
                : CommandResults.Failure(await process.StandardError.ReadToEndAsync(context.CancellationToken));
        }
        return CommandResults.Failure($"{context.ResourceName} has neither a process nor a container.");
    }

    /// <summary>A command of the dashboard on a replica that a gateway carries out.</summary>
    /// <param name="Name">Name of the command in Aspire.</param>
    /// <param name="Verb">Last part of the path that the gateway is called at.</param>
    /// <param name="Title">What the dashboard shows as its name.</param>
    /// <param name="Icon">Name of its icon.</param>
    /// <param name="Description">What it does.</param>
    /// <param name="Confirm">What the dashboard asks before it is run; null: nothing.</param>
    private sealed record ReplicaCommand(string Name, string Verb, string Title, string Icon, string Description, string? Confirm);
}
