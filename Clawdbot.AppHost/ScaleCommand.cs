using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.AppHost;

/// <summary>
/// Starts the lowest replicas that don't run, or drains and stops the highest ones that do, until so many run as an operator asks for. No
/// request is lost: nothing is stopped before every gateway sees it idle. One scaling at a time.
/// </summary>
internal sealed class ScaleCommand(IReadOnlyList<IResource> replicas, GatewayViews gateways, IReadOnlyList<EndpointReference> admins)
{
    private const string Wanted = "replicas";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan ForgetLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private int _isScaling;

    /// <summary>What the dashboard asks for and shows.</summary>
    public CommandOptions Options => new()
    {
        Description = "Starts more replicas, or drains and stops some. No request is lost.",
        IconName = "ScaleFill",
        IsHighlighted = true,
        Arguments =
        [
            new InteractionInput
            {
                Name = Wanted,
                Label = "Replicas",
                Description = $"How many are to run, 1 to {replicas.Count}. What is too many is drained first.",
                InputType = InputType.Number,
                Required = true,
                DynamicLoading = new InputLoadOptions { LoadCallback = Load },
            },
        ],
        ValidateArguments = Validate,
        Progress = new CommandProgressOptions { Title = "Scale", Message = "Waiting until every gateway sees it so." },
    };

    /// <summary>Scales to the number asked for, and says what was done and what is still open.</summary>
    public async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context)
    {
        if (Interlocked.Exchange(ref _isScaling, 1) == 1)
            return CommandResults.Failure("Another scaling is under way. Wait for it, or cancel it.");
        try
        {
            var listed = context.Services.GetRequiredService<ReplicaFile>().Listed;
            var wanted = context.Arguments.GetInt32(Wanted);
            var run = new ScaleRun(context, gateways, admins);
            var running = replicas.Where(replica => listed.Contains(replica.Name)).ToList();
            return wanted > running.Count ? await UpAsync(run, [.. replicas.Except(running).Take(wanted - running.Count)])
                : wanted < running.Count ? await DownAsync(run, running, wanted)
                : CommandResults.Success(Running(wanted));
        }
        finally
        {
            Volatile.Write(ref _isScaling, 0);
        }
    }

    private static async Task<ExecuteCommandResult> UpAsync(ScaleRun run, IReadOnlyList<IResource> added)
    {
        var open = await Task.WhenAll(added.Select(replica => run.StartAsync(replica, StartLimit, Interval)));
        return Result(open, run.Listed, $"{Names(added)} started.");
    }

    private static async Task<ExecuteCommandResult> DownAsync(ScaleRun run, List<IResource> running, int wanted)
    {
        var kept = running.Take(wanted).ToList();
        if (!await run.AnyHealthyAsync(kept))
        {
            return CommandResults.Failure(
                $"Nothing was changed: of {Names(kept)}, which would be left, not every gateway sees one healthy.");
        }
        var removed = running.Skip(wanted).ToList();
        try
        {
            var open = await Task.WhenAll(removed.Select(replica => run.StopAsync(replica, DrainLimit, ForgetLimit, Interval)));
            return Result(open, run.Listed, $"{Names(removed)} drained and stopped.");
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(removed.Where(replica => run.Listed.Contains(replica.Name)).Select(run.ReturnAsync));
            throw;
        }
    }

    private Task Load(LoadInputContext context)
    {
        if (string.IsNullOrEmpty(context.Input.Value)) // else somebody has given the number with the command
            context.Input.Value = $"{context.Services.GetRequiredService<ReplicaFile>().Listed.Count}";
        return Task.CompletedTask;
    }

    private Task Validate(InputsDialogValidationContext context)
    {
        var text = context.Inputs[Wanted].Value;
        if (!int.TryParse(text, CultureInfo.InvariantCulture, out var wanted) || wanted < 1 || wanted > replicas.Count)
        {
            context.AddValidationError(
                Wanted, $"Use a whole number from 1 to {replicas.Count}; --Replicas:Most=... at the start allows more.");
        }
        return Task.CompletedTask;
    }

    private static ExecuteCommandResult Result(IEnumerable<string?> open, IReadOnlyList<string> listed, string done)
    {
        var sentences = open.OfType<string>().ToList();
        return sentences.Count == 0
            ? CommandResults.Success($"{done} {Running(listed.Count)}")
            : CommandResults.Failure($"{string.Join(" ", sentences)} {Running(listed.Count)}");
    }

    private static string Running(int count) => count == 1 ? "1 replica runs." : $"{count} replicas run.";

    private static string Names(IEnumerable<IResource> replicas) => string.Join(", ", replicas.Select(replica => replica.Name));
}

internal static class ScaleExtensions
{
    /// <summary>Adds the command Scale to the heading of replicas and gateways. Nothing where replicas don't come and go.</summary>
    public static void WithScaleCommand(
        this IReadOnlyList<IResourceBuilder<IResourceWithServiceDiscovery>> replicas,
        IReadOnlyList<IResourceBuilder<ProjectResource>> gateways)
    {
        if (!replicas.CanScale())
            return;
        var builder = gateways[0].ApplicationBuilder;
        var command = new ScaleCommand([.. replicas.Select(replica => replica.Resource)], new GatewayViews(gateways),
            [.. gateways.Select(gateway => gateway.GetEndpoint("admin"))]);
        builder.CreateResourceBuilder(builder.Resources.OfType<GroupResource>().Single(group => group.Name == GroupExtensions.Serving))
            .WithCommand("scale", "Scale", command.ExecuteAsync, command.Options);
    }
}
