using Clawdbot.Drill.Contenders;
using Clawdbot.Drill.Report;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Spectre.Console;

namespace Clawdbot.Drill;

/// <summary>The command <c>drill run</c>.</summary>
internal static class RunCommand
{
    private const int Held = 0;
    private const int NotHeld = 1;
    private const int CannotDrill = 2;

    /// <returns>0 when the objectives held, 1 when not, 2 when there could be no drill.</returns>
    public static async Task<int> RunAsync(RunArguments arguments, CancellationToken cancellation)
    {
        try
        {
            var scenario = ScenarioFile.Read(arguments.Scenario);
            var at = TimeProvider.System.GetUtcNow();
            var console = Terminal();
            var drill = new DrillRun(scenario, console.WriteLine, TimeProvider.System)
            {
                Watch = new LiveView(scenario.Load.Seconds, console, TimeProvider.System).ShowAsync,
            };
            console.WriteLine($"{scenario.Name}: {scenario.What.Trim()}");
            var runs = await RunAsync(drill, scenario, arguments, cancellation);
            var result = new DrillResult(scenario.Name, scenario.What.Trim(), at, Machine.Description, Repeat(arguments), runs);
            await Reports.WriteAsync(result, arguments.Output, console, CancellationToken.None);
            return result.Held ? Held : NotHeld;
        }
        catch (Exception fault) when (fault is ScenarioException or LoadException or FileNotFoundException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return CannotDrill;
        }
    }

    /// <summary>The console; 200 characters wide where its output is redirected, so that lines of a log are not broken early.</summary>
    private static IAnsiConsole Terminal()
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 200;
        return AnsiConsole.Console;
    }

    private static async Task<IReadOnlyList<RunResult>> RunAsync(
        DrillRun drill, Scenario scenario, RunArguments arguments, CancellationToken cancellation)
    {
        if (arguments.Target is not { } target)
        {
            var kept = scenario.Contenders.Where(c => arguments.Only.Count == 0 || arguments.Only.Contains(c));
            return await drill.RunAsync([.. kept], cancellation);
        }
        if (scenario.Faults.FirstOrDefault(f => f.Do != FaultKind.Command) is { } fault)
        {
            throw new ScenarioException(
                $"The scenario's fault '{fault.Do}' needs replicas that the drill starts itself, and {target} runs already. "
                + "For a target, write a scenario with faults of the kind 'do: command', such as run: [docker, kill, clawdbot-replica-0].");
        }
        await using var contender = new Contender
        {
            Name = target.Authority,
            Description = "runs already",
            Address = target,
            ApiKey = arguments.ApiKey,
        };
        return [await drill.RunAsync(contender, arguments.Model, true, cancellation)];
    }

    private static string Repeat(RunArguments arguments) => "dotnet run --project Clawdbot.Drill -- run"
        + (arguments.Scenario == "default" ? "" : $" --scenario {arguments.Scenario}")
        + (arguments.Target is null ? "" : $" --target {arguments.Target}")
        + (arguments.Only.Count == 0 ? "" : $" --only {string.Join(' ', arguments.Only.Select(o => o.ToString().ToLowerInvariant()))}");
}
