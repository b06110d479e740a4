using Clawdbot.Testing.Faults;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Answers of engines that don't go on by ids, cut at every place there is.</summary>
[Collection(ContinuationFleetGroup.Name)]
public sealed class ContinuationTests(ContinuationFleets fleets, ITestOutputHelper output)
{
    private const string ExactOnly = "exact";

    private static readonly EngineCore Model = new();

    /// <summary>Start, finish, usage and done stand around the tokens.</summary>
    private static int Cuts(bool stream) => Batches(stream) + 4;

    private static int Batches(bool stream) => stream ? Model.AnswerTokens : (Model.AnswerTokens + ContinuationFleet.Folded - 1) / ContinuationFleet.Folded;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_engine_that_repeats_says_it_again_and_the_client_sees_no_seam(bool stream)
    {
        var fleet = await fleets.RepeatableAsync();
        var undisturbed = await fleet.AskAsync(stream);
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(undisturbed.Text));

        for (var cut = 0; cut < Cuts(stream); cut++)
        {
            var seen = await fleet.AskAsync(stream, disturbances: new Disturbance.Cut(cut));
            Assert.Equal(undisturbed.Content, seen.Content);
            Assert.True(seen.Whole && !seen.Approximate && seen.RoleDeltas == 1 && seen.Ids == 1, $"cut {cut}: {seen}");
            Assert.Equal(IsOver(cut, stream) ? [] : [stream && cut > 1 ? "replay" : "restart"], seen.Kinds);
        }
        output.WriteLine($"{(stream ? "streamed" : "plain")}: {Cuts(stream)} cuts, all identical");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_engine_that_goes_on_by_text_loses_and_repeats_nothing_and_says_that_it_is_approximate(bool stream)
    {
        var fleet = await fleets.ByTextAsync();
        foreach (var more in (string[])["", ",\"max_tokens\":10"])
        {
            var undisturbed = await fleet.AskAsync(stream, more);
            for (var cut = 0; cut < Cuts(stream); cut++)
            {
                var before = fleet.Generated;
                var seen = await fleet.AskAsync(stream, more, disturbances: new Disturbance.Cut(cut));
                var moved = stream && cut > 1 && cut < undisturbed.CompletionTokens + 2;
                Assert.Equal(undisturbed.Content with { Text = seen.Text }, seen.Content);
                Assert.Equal(Enumerable.Range(0, undisturbed.CompletionTokens!.Value), EngineCore.Positions(seen.Text));
                Assert.True(seen.Whole && seen.Approximate == moved && seen.RoleDeltas == 1 && seen.Ids == 1, $"cut {cut}: {seen}");
                if (!moved)
                {
                    Assert.Equal(undisturbed.Text, seen.Text);
                    continue;
                }
                Assert.Equal(["text"], seen.Kinds);
                Assert.Equal(EngineCore.Tokenize(undisturbed.Text).Take(cut - 1), EngineCore.Tokenize(seen.Text).Take(cut - 1));
            }
        }
        output.WriteLine($"{(stream ? "streamed" : "plain")}: {2 * Cuts(stream)} cuts, neither lost nor repeated");
    }

    [Fact]
    public async Task An_engine_that_can_neither_ends_in_an_explicit_error_once_the_client_has_seen_anything()
    {
        var fleet = await fleets.PlainAsync();
        for (var cut = 0; cut < Cuts(true); cut++)
        {
            var seen = await fleet.AskAsync(true, disturbances: new Disturbance.Cut(cut));
            var ends = cut is 0 or 1 || IsOver(cut, true);
            Assert.Equal((ends, ends ? null : "cannot_continue"), (seen.Whole, seen.ErrorCode));
            Assert.Equal(Enumerable.Range(0, ends ? 12 : cut - 1), EngineCore.Positions(seen.Text));
        }
        var undisturbed = await fleet.AskAsync(false);
        for (var cut = 0; cut < Cuts(false); cut++)
            Assert.Equal(undisturbed.Content, (await fleet.AskAsync(false, disturbances: new Disturbance.Cut(cut))).Content);
    }

    [Fact]
    public async Task Exactly_or_not_at_all_is_an_explicit_error_where_it_is_not_at_all()
    {
        var fleet = await fleets.ByTextAsync();
        var seen = await fleet.AskAsync(ExactOnly, stream: true, new Disturbance.Cut(5));

        Assert.Equal((false, "cannot_continue_exactly"), (seen.Whole, seen.ErrorCode));
        Assert.Equal(Enumerable.Range(0, 4), EngineCore.Positions(seen.Text));
        Assert.True((await fleet.AskAsync(ExactOnly, stream: false, new Disturbance.Cut(3))).Whole);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(ExactOnly)]
    public async Task An_engine_that_says_something_else_the_second_time_is_found_out(string? policy)
    {
        // It claims to repeat itself, and does not.
        var fleet = await fleets.FalselyRepeatableAsync();
        var before = await CountedAsync();
        var seen = await fleet.AskAsync(policy, stream: true, new Disturbance.Cut(8));

        Assert.Equal(policy is null ? (true, null) : (false, "cannot_continue_exactly"), (seen.Whole, seen.ErrorCode));
        Assert.Equal(Enumerable.Range(0, policy is null ? 12 : 7), EngineCore.Positions(seen.Text));
        await Deploy.Poll.UntilAsync(async () => await CountedAsync() == (before.Replayed + 1, before.Diverged + 1)); // what is scraped may be a moment old
        Assert.All((await fleet.SettledAsync()).Replicas, r => Assert.InRange(r.State, "Healthy", "Suspect"));
        if (policy is null)
            Assert.Equal(["replay", "text"], seen.Kinds);

        async Task<(double Replayed, double Diverged)> CountedAsync() => (
            await fleet.Gateway.MetricAsync("clawdbot_gateway_failovers_total", "kind=\"replay\"", "cause=\"connection_reset\""),
            await fleet.Gateway.MetricAsync("clawdbot_gateway_attempts_total", "outcome=\"diverged\""));
    }

    [Fact]
    public async Task A_seed_is_drawn_where_it_makes_an_answer_repeatable_the_same_for_every_attempt_and_nowhere_else()
    {
        var fleet = await fleets.RepeatableAsync();
        var seen = await fleet.AskAsync(true, seed: null, disturbances: new Disturbance.Cut(8));
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(seen.Text));
        Assert.Single(fleet.Bodies.Select(Seed).Distinct());
        Assert.NotNull(Seed(fleet.Bodies.First()));

        var other = await fleets.ByTextAsync();
        Assert.True((await other.AskAsync(true, seed: null, disturbances: new Disturbance.Cut(8))).Whole);
        Assert.All(other.Bodies, body => Assert.Null(Seed(body)));
    }

    [Fact]
    public async Task What_breaks_again_and_again_goes_on_again_and_again()
    {
        Disturbance[] cuts = [.. ((int[])[4, 3, 2, 3]).Select(c => new Disturbance.Cut(c))];
        var fleet = await fleets.ByTextAsync();
        var seen = await fleet.AskAsync(true, disturbances: cuts);
        Assert.Equal((5, true, true), (seen.Attempts, seen.Whole, seen.Approximate));
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(seen.Text));
        Assert.Equal(12, seen.CompletionTokens);

        var exact = await fleets.RepeatableAsync();
        var undisturbed = await exact.AskAsync(true);
        Assert.Equal(undisturbed.Content, (await exact.AskAsync(true, disturbances: [.. ((int[])[9, 4, 2, 7]).Select(c => new Disturbance.Cut(c))])).Content);
    }

    private static bool IsOver(int cut, bool stream) => cut >= Batches(stream) + 2;

    private static long? Seed(string body) => System.Text.Json.Nodes.JsonNode.Parse(body)!["seed"]?.GetValue<long>();
}
