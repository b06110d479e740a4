using System.Collections.Concurrent;
using Clawdbot.Drill.Contenders;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Processes;
using YamlDotNet.Serialization.NamingConventions;

namespace Clawdbot.Drill.Faults;

/// <summary>Makes the scenario's faults at their times, and records when each was made.</summary>
/// <param name="plans">The scenario's faults; they run independently of each other.</param>
/// <param name="contender">The contender that they hit.</param>
/// <param name="targets">Resolves words such as <c>next</c> to processes.</param>
/// <param name="time">The clock.</param>
internal sealed class FaultSchedule(IEnumerable<FaultPlan> plans, Contender contender, Targets targets, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<FaultMark> _marks = new();
    private readonly Lock _choosing = new();
    private readonly FaultedProcesses _faulted = new();
    private readonly long _start = time.GetTimestamp();

    /// <summary>The faults so far, oldest first.</summary>
    public IReadOnlyList<FaultMark> Marks => [.. _marks];

    /// <summary>Runs until cancelled, and then ends the faults that still last.</summary>
    public Task RunAsync(CancellationToken end) => Task.WhenAll(plans.Select(plan => RunAsync(plan, end)));

    private async Task RunAsync(FaultPlan plan, CancellationToken end)
    {
        var due = TimeSpan.FromSeconds(plan.After);
        var healing = new List<Task>();
        try
        {
            while (true)
            {
                await DelayUntilAsync(due, end);
                healing.Add(plan.Do == FaultKind.Command ? RunCommandAsync(plan, end) : HitAsync(plan, await ChooseAsync(plan, end), end));
                if (plan.Every is not { } every)
                    break;
                due += TimeSpan.FromSeconds(every);
            }
        }
        catch (OperationCanceledException)
        {
            // The drill is over.
        }
        await Task.WhenAll(healing);
    }

    /// <summary>Chooses the next targets, and waits until the plan's condition on the other processes holds.</summary>
    private async Task<IReadOnlyList<SupervisedProcess>> ChooseAsync(FaultPlan plan, CancellationToken end)
    {
        IReadOnlyList<SupervisedProcess> chosen;
        lock (_choosing)
            chosen = targets.Choose(plan.To, contender.Replicas, contender.Gateways);
        if (plan.LeaveHealthy is { } leave)
        {
            while (!_faulted.TryHurt(chosen, contender.Replicas, leave))
                await Task.Delay(Look, time, end);
            return chosen;
        }
        var neighbours = chosen.Count > 0 && contender.Gateways.Contains(chosen[0]) ? contender.Gateways : contender.Replicas;
        while (plan.OnlyWhenOthersAreUp && neighbours.Except(chosen).Any(p => !p.IsUp))
            await Task.Delay(Look, time, end);
        // A process that is down can't be hit: wait until it is back.
        while (!plan.IsInPath && chosen.Any(p => !p.IsUp))
            await Task.Delay(Look, time, end);
        return chosen;
    }

    private async Task HitAsync(FaultPlan plan, IReadOnlyList<SupervisedProcess> chosen, CancellationToken end)
    {
        foreach (var process in chosen)
        {
            Mark(plan.Do, process.Name);
            await (plan.Do switch
            {
                FaultKind.Cut => CableTo(process).CutAsync(),
                _ when plan.IsInPath => Done(() => InPath.Arm(plan, PathTo(process))),
                _ => Done(() => process.Signal(SignalOf(plan.Do))),
            });
        }
        if (plan.Do is FaultKind.Kill or FaultKind.Terminate)
        {
            while (!end.IsCancellationRequested && chosen.Any(p => !p.IsUp))
                await Task.Delay(Look, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _faulted.Healed(chosen);
            return;
        }
        await Task.Delay(TimeSpan.FromSeconds(plan.Lasting), time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await HealAsync(plan, chosen);
        _faulted.Healed(chosen);
    }

    private async Task HealAsync(FaultPlan plan, IReadOnlyList<SupervisedProcess> chosen)
    {
        foreach (var process in chosen)
        {
            await (plan.Do switch
            {
                FaultKind.Cut => CableTo(process).HealAsync(),
                _ when plan.IsInPath => Done(PathTo(process).Clear),
                _ => Done(() => process.Signal(Signals.Continue)),
            });
        }
    }

    private static Task Done(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    private FaultProxy PathTo(SupervisedProcess replica) => contender.Paths[Place(replica)];

    private NetworkCut CableTo(SupervisedProcess replica) => contender.Cables[Place(replica)];

    private int Place(SupervisedProcess replica) => contender.Replicas.TakeWhile(r => r != replica).Count();

    private async Task RunCommandAsync(FaultPlan plan, CancellationToken end)
    {
        Mark(plan.Do, string.Join(' ', plan.Run));
        await CommandFault.RunAsync(plan.Run, CommandLimit, end);
    }

    private void Mark(FaultKind fault, string target) =>
        _marks.Enqueue(new FaultMark(time.GetElapsedTime(_start).TotalMilliseconds, SnakeCase(fault), target));

    private static string SnakeCase(FaultKind fault) => UnderscoredNamingConvention.Instance.Apply(fault.ToString());

    private async Task DelayUntilAsync(TimeSpan due, CancellationToken end)
    {
        if (due - time.GetElapsedTime(_start) is { Ticks: > 0 } wait)
            await Task.Delay(wait, time, end);
        end.ThrowIfCancellationRequested();
    }

    private static int SignalOf(FaultKind fault) => fault switch
    {
        FaultKind.Kill => Signals.Kill,
        FaultKind.Stop => Signals.Stop,
        _ => Signals.Term,
    };
}
