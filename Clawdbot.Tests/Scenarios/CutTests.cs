using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Cuts an answer at every place there is, and holds what the client sees against the undisturbed answer.</summary>
public sealed class CutTests(CutFleet fleet, ITestOutputHelper output) : IClassFixture<CutFleet>
{
    /// <summary>Start, finish, usage and done stand around the tokens.</summary>
    private const int EventsBesidesTokens = 4;

    private const int Folded = CutFleet.Folded;

    /// <summary>Each kind of answer, cut at both ends and at every so many places between; at every place for who asks for long tests.</summary>
    public static IEnumerable<TheoryDataRow<string, bool, int>> Answers =>
        from what in (string[])["characters of several bytes", "max_tokens", "a stop string that comes", "a stop string that only begins"]
        from stream in (bool[])[true, false]
        from every in (int[])[11, 1]
        select new TheoryDataRow<string, bool, int>(what, stream, every) { Explicit = every == 1 };

    /// <summary>Streamed or not, reset or not, and so many cuts.</summary>
    public static IEnumerable<TheoryDataRow<bool, bool, int>> Ends =>
        from stream in (bool[])[true, false]
        from reset in (bool[])[false, true]
        from cuts in (int[])[10, 40]
        select new TheoryDataRow<bool, bool, int>(stream, reset, cuts) { Explicit = cuts == 40 };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_cut_anywhere_is_the_same_and_only_what_was_missing_is_generated(string what, bool stream, int every)
    {
        var more = await ConditionAsync(what);
        var undisturbed = await AskAsync(stream, more);
        var tokens = undisturbed.CompletionTokens!.Value;
        Assert.True(undisturbed.Whole && tokens > 8, $"{undisturbed.Text} {tokens}");

        var (continued, cuts) = (0, Places(Events(tokens, stream) + EventsBesidesTokens, every).ToList());
        foreach (var cut in cuts)
            continued += await CutAtAsync(new Disturbance.Cut(cut), undisturbed, tokens, stream, more) ? 1 : 0;
        output.WriteLine($"{what}, {(stream ? "streamed" : "plain")}: {tokens} tokens, {cuts.Count} cuts, {continued} continued on the other replica, all identical");
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task An_answer_cut_inside_an_event_is_the_same(bool stream, bool reset, int cuts)
    {
        var undisturbed = await AskAsync(stream, "");
        var random = new Random(11);
        for (var i = 0; i < cuts; i++)
        {
            await SettledAsync();
            fleet.Script.Enqueue(new Disturbance.Cut(random.Next(30), random.Next(1, 40), reset));
            var seen = await AskAsync(stream, "");
            Assert.Equal(undisturbed.Content, seen.Content);
            Assert.True(seen.Whole && seen.RoleDeltas == 1 && seen.Ids == 1);
        }
    }

    [Fact]
    public async Task An_answer_cut_again_and_again_is_the_same()
    {
        var undisturbed = await AskAsync(true, "");
        await SettledAsync();
        foreach (var cut in (int[])[3, 4, 1, 5, 2, 7, 3])
            fleet.Script.Enqueue(new Disturbance.Cut(cut));
        var seen = await AskAsync(true, "");

        Assert.Equal(undisturbed.Content, seen.Content);
        Assert.Equal(8, seen.Attempts);
    }

    [Fact]
    public async Task Several_choices_cut_anywhere_are_the_same_because_they_are_said_again()
    {
        const string two = ",\"n\":2,\"max_tokens\":12";
        var undisturbed = await AskAsync(true, two);
        Assert.Equal(24, undisturbed.CompletionTokens);
        for (var cut = 0; cut < 24 + EventsBesidesTokens + 1; cut++)
        {
            await SettledAsync();
            fleet.Script.Enqueue(new Disturbance.Cut(cut));
            var seen = await AskAsync(true, two);
            Assert.Equal(undisturbed.Content, seen.Content);
            Assert.True(seen.Whole && !seen.Approximate && seen.RoleDeltas == 1, $"cut {cut}: {seen}");
            Assert.All(seen.Kinds, kind => Assert.Equal(cut > 1 ? "replay" : "restart", kind));
        }
    }

    private async Task<bool> CutAtAsync(Disturbance.Cut cut, ObservedAnswer undisturbed, int tokens, bool stream, string more)
    {
        var before = await SettledAsync();
        fleet.Script.Enqueue(cut);
        var seen = await AskAsync(stream, more);
        Assert.Equal(undisturbed.Content, seen.Content);
        Assert.True(seen.Whole && seen.ErrorCode is null && seen.RoleDeltas == 1 && seen.Ids == 1, $"cut {cut}: {seen}");

        var received = Math.Clamp((cut.Events - 1) * (stream ? 1 : Folded), 0, tokens); // the first event is the start
        var complete = cut.Events >= Events(tokens, stream) + 2;
        Assert.Equal(complete ? 1 : 2, seen.Attempts);
        var after = await SettledAsync(before.Replicas.Sum(r => r.Generations) + seen.Attempts);
        if (complete || received == 0)
            return false;
        var second = Assert.Single(after.Replicas, r => r.Continued > before[r.Id].Continued);
        Assert.Equal(tokens - received, second.TokensGenerated - before[second.Id].TokensGenerated);
        return true;
    }

    private static int Events(int tokens, bool stream) => stream ? tokens : (tokens + Folded - 1) / Folded;

    private Task<ObservedAnswer> AskAsync(bool stream, string more) =>
        fleet.Gateway.Chat.AskAsync("请介绍你自己，并复述：鹦鹉螺🐚、螃蟹🦀 and a crab.", stream, seed: 3, more);

    /// <summary>A request's further fields, taken from its own undisturbed answer.</summary>
    private async Task<string> ConditionAsync(string what)
    {
        var whole = await AskAsync(true, "");
        return what switch
        {
            "max_tokens" => $",\"max_tokens\":{whole.CompletionTokens / 2}",
            "a stop string that comes" => $",\"stop\":[\"{whole.Text.Substring(whole.Text.Length / 2, 7)}\"]",
            "a stop string that only begins" => $",\"stop\":[\"{whole.Text.Substring(whole.Text.Length / 2, 7)}#\",\"{whole.Text[^3..]}#\"]",
            _ => "",
        };
    }

    /// <summary>The first places, the last ones, and every so many between.</summary>
    private static IEnumerable<int> Places(int cuts, int every) => Enumerable.Range(0, cuts).Where(cut => cut < 5 || cut >= cuts - 6 || cut % every == 0);

    private Task<FleetView> SettledAsync(long generations = 0) => fleet.SettledAsync(generations);
}
