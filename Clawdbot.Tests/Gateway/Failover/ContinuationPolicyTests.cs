using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Gateway.Forwarding;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Failover;

public sealed class ContinuationPolicyTests
{
    private readonly ManualTimeProvider _time = new();

    /// <summary>How the engine goes on, whether it repeats, what the client allows, what comes of an answer that it has begun to read.</summary>
    public static TheoryData<ContinuationKind, bool, string, string?> AfterTheCommit => new()
    {
        { ContinuationKind.Ids, true, "Any", "exact" },
        { ContinuationKind.Ids, false, "Exact", "exact" },
        { ContinuationKind.Ids, true, "None", null },
        { ContinuationKind.Text, true, "Any", "replay" },
        { ContinuationKind.Text, true, "Exact", "replay" },
        { ContinuationKind.Text, true, "None", null },
        { ContinuationKind.Text, false, "Any", "text" },
        { ContinuationKind.Text, false, "Exact", null },
        { ContinuationKind.Text, false, "None", null },
        { ContinuationKind.None, true, "Any", "replay" },
        { ContinuationKind.None, true, "Exact", "replay" },
        { ContinuationKind.None, false, "Any", null },
        { ContinuationKind.None, false, "Exact", null },
    };

    [Theory]
    [MemberData(nameof(AfterTheCommit))]
    public void After_the_commit_the_best_way_that_the_engine_has_and_the_client_allows_is_taken(ContinuationKind continuation, bool repeatable, string preference, string? way)
    {
        var (policy, _) = PolicyFor(continuation, repeatable, Enum.Parse<ContinuationPreference>(preference));

        Assert.Equal(way, Name(policy.After(AttemptOutcome.ConnectionReset, isCommitted: true)));
    }

    [Theory]
    [InlineData(ContinuationKind.Ids, "Any", "exact")]
    [InlineData(ContinuationKind.Ids, "None", "restart")]
    [InlineData(ContinuationKind.Text, "Any", "restart")]
    [InlineData(ContinuationKind.Text, "Exact", "restart")]
    [InlineData(ContinuationKind.None, "Any", "restart")]
    public void Before_the_commit_it_goes_on_by_ids_or_begins_anew(ContinuationKind continuation, string preference, string way)
    {
        var (policy, _) = PolicyFor(continuation, repeatable: true, Enum.Parse<ContinuationPreference>(preference));

        Assert.Equal(way, Name(policy.After(AttemptOutcome.ConnectionReset, isCommitted: false)));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void What_is_more_than_one_text_goes_on_only_by_being_said_again(int choices, bool onlyText)
    {
        foreach (var continuation in Enum.GetValues<ContinuationKind>())
        {
            Assert.Equal("replay", Name(PolicyFor(continuation, true, ContinuationPreference.Any, choices, onlyText).Policy.After(AttemptOutcome.StallTimeout, true)));
            Assert.Null(PolicyFor(continuation, false, ContinuationPreference.Any, choices, onlyText)
                .Policy.After(AttemptOutcome.StallTimeout, true));
            Assert.Equal("restart", Name(PolicyFor(continuation, true, ContinuationPreference.Any, choices, onlyText).Policy.After(AttemptOutcome.StallTimeout, false)));
        }
    }

    [Fact]
    public void Once_something_else_than_text_came_it_goes_on_in_no_way() => Gen.Select(Gen.Enum<ContinuationKind>(), Gen.Bool, Gen.Bool).Sample((continuation, repeatable, committed) =>
    {
        var (policy, response) = PolicyFor(continuation, repeatable, ContinuationPreference.Any);
        response.PieceCame();

        Assert.Equal(committed ? null : "restart", Name(policy.After(AttemptOutcome.ConnectionReset, committed)));
    });

    [Theory]
    [InlineData(ContinuationKind.Text, "Any", "text")]
    [InlineData(ContinuationKind.Text, "Exact", "replay")]
    [InlineData(ContinuationKind.None, "Any", "replay")]
    public void Saying_it_again_for_long_is_better_than_nothing_and_worse_than_text(ContinuationKind continuation, string preference, string way)
    {
        var (policy, response) = PolicyFor(continuation, true, Enum.Parse<ContinuationPreference>(preference));
        Speak(response, 100, TimeSpan.FromMilliseconds(9));
        Assert.Equal("replay", Name(policy.After(AttemptOutcome.ConnectionReset, true)));
        Speak(response, 100, TimeSpan.FromMilliseconds(9));

        Assert.Equal(way, Name(policy.After(AttemptOutcome.ConnectionReset, true)));
    }

    [Fact]
    public void An_engine_that_said_something_else_is_not_asked_to_say_it_again()
    {
        var (policy, response) = PolicyFor(ContinuationKind.Text, true, ContinuationPreference.Any);
        Assert.Equal("replay", Name(policy.After(AttemptOutcome.ConnectionReset, true)));

        Assert.Equal("text", Name(policy.After(AttemptOutcome.Diverged, true)));
        response.Attempt(AttemptKind.Text);
        Assert.Equal("text", Name(policy.After(AttemptOutcome.ConnectionReset, true)));

        Assert.Null(PolicyFor(ContinuationKind.Text, true, ContinuationPreference.Exact).Policy.After(AttemptOutcome.Diverged, true));
        Assert.Null(PolicyFor(ContinuationKind.None, true, ContinuationPreference.Any).Policy.After(AttemptOutcome.Diverged, true));
    }

    [Fact]
    public void What_is_approximate_can_not_be_said_again_and_a_text_that_was_refused_is_not_tried_twice()
    {
        var (policy, response) = PolicyFor(ContinuationKind.Text, true, ContinuationPreference.Any);
        response.Approximated();
        Assert.Equal("text", Name(policy.After(AttemptOutcome.ConnectionReset, true)));
        response.Attempt(AttemptKind.Text);

        Assert.Null(Name(policy.After(AttemptOutcome.ContinuationRefused, true)));
    }

    [Theory]
    [InlineData(ContinuationKind.Text, "Exact", 1, "CannotContinueExactly")]
    [InlineData(ContinuationKind.Text, "Exact", 2, "CannotContinue")]
    [InlineData(ContinuationKind.None, "Exact", 1, "CannotContinue")]
    [InlineData(ContinuationKind.Text, "None", 1, "CannotContinue")]
    public void The_client_is_told_when_it_is_its_own_wish_that_ends_the_answer(ContinuationKind continuation, string preference, int choices, string end) =>
        Assert.Equal(end, PolicyFor(continuation, false, Enum.Parse<ContinuationPreference>(preference), choices).Policy.End.ToString());

    [Fact]
    public void What_is_needed_of_a_replica_is_what_the_way_takes()
    {
        var (policy, _) = PolicyFor(ContinuationKind.Text, true, ContinuationPreference.Any);

        Assert.Equal((null, ContinuationKind.None, false), Shown(policy, AttemptKind.Fresh));
        Assert.Equal((Fakes.SomeReplica.Identity, ContinuationKind.Ids, false), Shown(policy, AttemptKind.Exact));
        Assert.Equal((Fakes.SomeReplica.Identity, ContinuationKind.None, true), Shown(policy, AttemptKind.Replay));
        Assert.Equal((Fakes.SomeReplica.Identity, ContinuationKind.Text, false), Shown(policy, AttemptKind.Text));
    }

    private static (string?, ContinuationKind, bool) Shown(ContinuationPolicy policy, AttemptKind kind) =>
        policy.Needs(kind) is var needed ? (needed.Identity, needed.Continuation, needed.Repeatable) : default;

    private static string? Name(AttemptKind? kind) => kind is { } known ? AttemptKinds.Name(known) : null;

    /// <summary>An answer that has some tokens, and what becomes of it.</summary>
    private (ContinuationPolicy Policy, ResponseState Response) PolicyFor(ContinuationKind continuation, bool repeatable, ContinuationPreference preference, int choices = 1, bool onlyText = true)
    {
        var request = SomeResponse.Request(choices, onlyText);
        var response = SomeResponse.Of(request, continuation, repeatable);
        SomeResponse.Token(response, "The ", id: continuation == ContinuationKind.Ids ? 3 : null);
        return (new ContinuationPolicy(request, response, preference, TimeSpan.FromSeconds(1), _time), response);
    }

    private void Speak(ResponseState response, int tokens, TimeSpan gap)
    {
        for (var i = 0; i < tokens; i++)
        {
            SomeResponse.Token(response, "x");
            response.TokenAt(_time.GetTimestamp());
            _time.Advance(gap);
        }
    }
}
