using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>The part of the table that signals to real processes fill: requests in mid-answer and requests in prefill are hit by one and the same.</summary>
internal static class ProcessRows
{
    private const int OfEach = 6;
    private const string Question = "What are you?";
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(2);
    private static readonly (bool IsAfter, bool Stream)[] Kinds = [(false, true), (false, false), (true, true), (true, false)];

    public static async Task<string> AllAsync()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(3, tokensPerSecond: 25, firstTokenMilliseconds: 500);
        var undisturbed = new[] { await gateway.Chat.AskAsync(Question, stream: true), await gateway.Chat.AskAsync(Question, stream: false) };
        var rows = new List<IEnumerable<string>>();
        foreach (var (name, signal) in ((string, int)[])[("is killed (SIGKILL)", Signals.Kill), ("hangs (SIGSTOP)", Signals.Stop), ("is asked to stop (SIGTERM)", Signals.Term)])
        {
            foreach (var victims in (int[])[1, 2])
                rows.Add([name, victims == 1 ? "on one" : "on all but one", .. await RowAsync(gateway, undisturbed, signal, victims)]);
        }
        return MarkdownTable.Of(["the process of a replica ...", "", "before: streamed", "plain", "after: streamed", "plain"], rows);
    }

    /// <summary>Until each kind of request was hit: who takes which is chance.</summary>
    private static async Task<IEnumerable<string>> RowAsync(GatewayProcess gateway, ObservedAnswer[] undisturbed, int signal, int victims)
    {
        var seen = new List<((bool IsAfter, bool Stream) Kind, ObservedAnswer Seen)>();
        for (var round = 0; round < 5 && !Kinds.All(IsHit); round++)
            seen.AddRange(await RoundAsync(gateway, signal, victims));
        return Kinds.Select(kind => IsHit(kind)
            ? Outcome.Together(seen.Where(s => s.Kind == kind).Select(s => Outcome.Of(undisturbed[kind.Stream ? 0 : 1], s.Seen)))
            : $"{Outcome.Defect}: no such request was hit");

        // A planned stop interrupts nothing.
        bool IsHit((bool, bool) kind) => seen.Any(s => s.Kind == kind && (signal == Signals.Term || s.Seen.Attempts > 1));
    }

    private static async Task<IEnumerable<((bool, bool) Kind, ObservedAnswer Seen)>> RoundAsync(GatewayProcess gateway, int signal,
        int victims)
    {
        await gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas.All(r => r.State == "Healthy"));
        var after = Ask(gateway, isAfter: true);
        await gateway.Fleet.UntilAsync(f => f.Replicas.Sum(r => r.Answering) == 2 * OfEach);
        var before = Ask(gateway, isAfter: false);
        var fleet = await gateway.Fleet.UntilAsync(f => f.Active == 4 * OfEach && f.Replicas.Sum(r => r.InFlight) >= 3 * OfEach);
        var hit = fleet.Replicas.OrderByDescending(r => r.Answering).Take(victims).Select(r => r.Pid!.Value).ToList();
        hit.ForEach(pid => Signals.Send(pid, signal));
        if (signal == Signals.Stop)
        {
            await Task.Delay(Hang, TimeProvider.System);
            hit.ForEach(pid => Signals.Send(pid, Signals.Continue));
        }
        return await Task.WhenAll(after.Concat(before));
    }

    private static List<Task<((bool, bool) Kind, ObservedAnswer Seen)>> Ask(GatewayProcess gateway, bool isAfter) =>
        [.. Kinds.Where(k => k.IsAfter == isAfter).SelectMany(kind => Enumerable.Range(0, OfEach).Select(async _ => (kind, await gateway.Chat.AskAsync(Question, kind.Stream))))];
}
