using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>The part of the table that scripted replicas fill.</summary>
internal static class HostileRows
{
    private static readonly bool[] Both = [true, false];

    /// <summary>Alone, on one replica and on all but one; and followed by every other fault on a second replica.</summary>
    public static async Task<string> AloneAndInPairsAsync()
    {
        await using var fleet = await MatrixFleet.StartAsync();
        var rows = HostileFault.All.Select(async fault => (IEnumerable<string>)
        [
            fault.Name, fault.IsAfter ? "after" : "before",
            .. await Task.WhenAll(Both.Select(stream => fleet.OutcomeAsync(stream, Asked.Plainly, fault))),
            .. await Task.WhenAll(Both.Select(stream => fleet.OutcomeAsync(stream, Asked.Plainly, fault, fault))),
            .. await Task.WhenAll(Both.Select(stream => PairsAsync(fleet, fault, stream))),
        ]).ToList();
        return MarkdownTable.Of(
            ["a replica ...", "when", "on one: streamed", "plain", "on all but one: streamed", "plain", $"then each of {HostileFault.All.Count - 1} others elsewhere: streamed", "plain"],
            await Task.WhenAll(rows));
    }

    /// <summary>In mid-answer, by how engines go on and what clients asked for.</summary>
    public static async Task<string> WaysAsync()
    {
        await using var ids = await MatrixFleet.StartAsync();
        await using var repeating = await MatrixFleet.StartAsync(ContinuationKind.None, isRepeatable: true);
        await using var text = await MatrixFleet.StartAsync(ContinuationKind.Text);
        await using var neither = await MatrixFleet.StartAsync(ContinuationKind.None);
        (string Name, MatrixFleet Fleet, Asked Asked)[] ways =
        [
            ("engine goes on by ids", ids, Asked.Plainly), ("engine repeats itself", repeating, Asked.Plainly), ("engine goes on by text", text, Asked.Plainly),
            ("the same, `exact` asked", text, new("", Policy: "exact")), ("engine can neither", neither, Asked.Plainly), ("ids, `none` asked", ids, new("", Policy: "none")),
            ("ids, `n` = 2", ids, new("", ",\"n\":2")), ("ids, in a tool call", ids, new("", ",\"tools\":[{\"type\":\"function\"}]")),
            ("ids, a grammar", ids, new("", ",\"response_format\":{\"type\":\"json_object\"}")),
        ];
        var after = HostileFault.All.Where(f => f.IsAfter).ToList();
        var before = HostileFault.All.Where(f => !f.IsAfter).ToList();
        var rows = after.Select(async fault => (IEnumerable<string>)
            [$"{fault.Name}, streamed", .. await Task.WhenAll(ways.Select(w => w.Fleet.OutcomeAsync(true, w.Asked, fault)))])
            .Append(TogetherAsync("any of these, plain", after, stream: false)).Append(TogetherAsync("any before the first text, streamed", before, stream: true)).ToList();
        return MarkdownTable.Of(["in mid-answer a replica ...", .. ways.Select(w => w.Name)], await Task.WhenAll(rows));

        async Task<IEnumerable<string>> TogetherAsync(string name, List<HostileFault> faults, bool stream) =>
            [name, .. await Task.WhenAll(ways.Select(async w => Outcome.Together(await Task.WhenAll(faults.Select(f => w.Fleet.OutcomeAsync(stream, w.Asked, f))))))];
    }

    private static async Task<string> PairsAsync(MatrixFleet fleet, HostileFault first, bool stream) =>
        Outcome.Together(await Task.WhenAll(HostileFault.All.Where(f => f != first).Select(second => fleet.OutcomeAsync(stream, Asked.Plainly, first, second))));
}
