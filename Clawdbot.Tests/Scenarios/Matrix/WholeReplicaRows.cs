using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;

namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>The part of the table that is not one generation's: replicas that refuse, that die of a request, that never end, that lie about their load.</summary>
internal static class WholeReplicaRows
{
    private static readonly HostileFault Poison = new("dies of the request", false, g => g.Shim.DieAsync());

    private static readonly HostileFault Endless = new("endless stream", true, async g =>
    {
        g.IsEndless = true;
        await g.StartAsync();
        for (var i = 0; !g.Http.RequestAborted.IsCancellationRequested; i++)
        {
            await g.TokensAsync(1, after: i);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    });

    /// <summary>All of them.</summary>
    public static async Task<string> AllAsync()
    {
        var rows = await Task.WhenAll(RefusingAsync(), DyingAsync(), EndlessAsync(), LyingAsync());
        return MarkdownTable.Of(["a replica ...", "when", "on one: streamed", "plain", "on all but one: streamed", "plain", "on all: streamed", "plain"], rows.SelectMany(r => r));
    }

    private static async Task<IEnumerable<IEnumerable<string>>> RefusingAsync()
    {
        await using var fleet = await MatrixFleet.StartAsync();
        var row = new List<string> { "refuses connections, while its status stream stands", "before" };
        for (var refusing = 1; refusing < MatrixFleet.Replicas; refusing++)
        {
            foreach (var stream in (bool[])[true, false])
            {
                await fleet.HealthyAsync(); // who refused is out at once, and back on its next status
                var undisturbed = await fleet.SeeAsync(stream, Asked.Plainly);
                fleet.Paths.Take(refusing).ToList().ForEach(p => p.Arm(new Disturbance.Refuse()));
                row.Add(await UntilMovedAsync(fleet, undisturbed, stream));
                fleet.Paths.ForEach(p => p.Clear());
            }
        }
        return [[.. row, "–", "–"]];
    }

    /// <summary>Asks, several at once so that each replica is asked, until a request met a replica that refused it.</summary>
    private static async Task<string> UntilMovedAsync(MatrixFleet fleet, ObservedAnswer undisturbed, bool stream)
    {
        var outcomes = new HashSet<string>();
        for (var tries = 0; tries < 10; tries++)
        {
            var seen = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => fleet.SeeAsync(stream, Asked.Plainly)));
            outcomes.UnionWith(seen.Select(s => Outcome.Of(undisturbed, s)));
            if (seen.Any(s => s.Attempts > 1))
                return Outcome.Together(outcomes);
        }
        return $"{Outcome.Defect}: no request met a replica that refused";
    }

    private static async Task<IEnumerable<IEnumerable<string>>> DyingAsync()
    {
        await using var fleet = await MatrixFleet.StartAsync();
        var rows = new List<IEnumerable<string>>();
        foreach (var fault in (HostileFault[])[Poison, PoisonLater(fleet)])
        {
            var row = new List<string> { fault.Name, fault.IsAfter ? "after" : "before" };
            for (var dying = 1; dying <= MatrixFleet.Replicas; dying++)
            {
                foreach (var stream in (bool[])[true, false])
                {
                    if (fault.IsAfter && dying == MatrixFleet.Replicas)
                    {
                        row.Add("–"); // each death brings it on: it ends by being complete
                        continue;
                    }
                    row.Add(await fleet.OutcomeAsync(stream, Asked.Plainly, [.. Enumerable.Repeat(fault, dying)]));
                    await fleet.HealthyAsync();
                }
            }
            rows.Add(row);
        }
        return rows;
    }

    private static HostileFault PoisonLater(MatrixFleet fleet) => new("dies of the request", true, async g =>
    {
        await g.StartAsync();
        await g.TokensAsync(5);
        await fleet.Gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.Answering > 0)); // a death takes along what is still on its way
        await g.Seen;
        await g.Shim.DieAsync();
    });

    private static async Task<IEnumerable<IEnumerable<string>>> EndlessAsync()
    {
        await using var fleet = await MatrixFleet.StartAsync(arguments: "--Failover:LongestAnswerSeconds=2");
        var cells = await Task.WhenAll(((bool[])[true, false]).Select(async stream => EndOf(await fleet.SeeAsync(stream, Asked.Plainly, Endless))));
        return [["goes on without end; nobody can tell that from a long answer", "after", .. cells, .. cells, .. cells]];
    }

    private static string EndOf(ObservedAnswer seen) => seen is { Whole: false, ErrorCode: { } code } ? $"error `{code}`" : $"{Outcome.Defect}: {seen}";

    /// <summary>Twelve at once, on replicas of which one or two say that they have nothing to do.</summary>
    private static async Task<IEnumerable<IEnumerable<string>>> LyingAsync()
    {
        await using var fleet = await MatrixFleet.StartAsync();
        var row = new List<string> { "says that it has nothing to do", "always" };
        for (var lying = 1; lying <= MatrixFleet.Replicas; lying++)
        {
            fleet.Shims.ForEach(s => s.ClaimedLoad = fleet.Shims.IndexOf(s) < lying ? 0 : 3);
            foreach (var stream in (bool[])[true, false])
                row.Add(Outcome.Together(await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => fleet.OutcomeAsync(stream, Asked.Plainly)))));
        }
        return [row];
    }
}
