using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Gateway.Forwarding;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Clawdbot.Tests.Gateway.Failover;

public sealed class LadderTests
{
    private readonly FakeTimeProvider _time = new();

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
    public void After_the_commit_the_best_way_that_the_engine_has_and_the_client_allows_is_taken(ContinuationKind continuation, bool repeatable, string policy, string? way)
    {
        var (ladder, _) = Ladder(continuation, repeatable, Enum.Parse<ContinuePolicy>(policy));

        Assert.Equal(way, Name(ladder.After(AttemptOutcome.ConnectionReset, isCommitted: true)));
    }

    [Theory]
    [InlineData(ContinuationKind.Ids, "Any", "exact")]
    [InlineData(ContinuationKind.Ids, "None", "restart")]
    [InlineData(ContinuationKind.Text, "Any", "restart")]
    [InlineData(ContinuationKind.Text, "Exact", "restart")]
    [InlineData(ContinuationKind.None, "Any", "restart")]
    public void Before_the_commit_it_goes_on_by_ids_or_begins_anew(ContinuationKind continuation, string policy, string way)
    {
        var (ladder, _) = Ladder(continuation, repeatable: true, Enum.Parse<ContinuePolicy>(policy));

        Assert.Equal(way, Name(ladder.After(AttemptOutcome.ConnectionReset, isCommitted: false)));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void What_is_more_than_one_text_goes_on_only_by_being_said_again(int choices, bool onlyText)
    {
        foreach (var continuation in Enum.GetValues<ContinuationKind>())
        {
            Assert.Equal("replay", Name(Ladder(continuation, true, ContinuePolicy.Any, choices, onlyText).Ladder.After(AttemptOutcome.StallTimeout, true)));
            Assert.Null(Ladder(continuation, false, ContinuePolicy.Any, choices, onlyText).Ladder.After(AttemptOutcome.StallTimeout, true));
            Assert.Equal("restart", Name(Ladder(continuation, true, ContinuePolicy.Any, choices, onlyText).Ladder.After(AttemptOutcome.StallTimeout, false)));
        }
    }

    [Fact]
    public void Once_something_else_than_text_came_it_goes_on_in_no_way() => Gen.Select(Gen.Enum<ContinuationKind>(), Gen.Bool, Gen.Bool).Sample((continuation, repeatable, committed) =>
    {
        var (ladder, journal) = Ladder(continuation, repeatable, ContinuePolicy.Any);
        journal.PieceCame();

        Assert.Equal(committed ? null : "restart", Name(ladder.After(AttemptOutcome.ConnectionReset, committed)));
    });

    [Theory]
    [InlineData(ContinuationKind.Text, "Any", "text")]
    [InlineData(ContinuationKind.Text, "Exact", "replay")]
    [InlineData(ContinuationKind.None, "Any", "replay")]
    public void Saying_it_again_for_long_is_better_than_nothing_and_worse_than_text(ContinuationKind continuation, string policy, string way)
    {
        var (ladder, journal) = Ladder(continuation, true, Enum.Parse<ContinuePolicy>(policy));
        Speak(journal, 100, TimeSpan.FromMilliseconds(9));
        Assert.Equal("replay", Name(ladder.After(AttemptOutcome.ConnectionReset, true)));
        Speak(journal, 100, TimeSpan.FromMilliseconds(9));

        Assert.Equal(way, Name(ladder.After(AttemptOutcome.ConnectionReset, true)));
    }

    [Fact]
    public void An_engine_that_said_something_else_is_not_asked_to_say_it_again()
    {
        var (ladder, journal) = Ladder(ContinuationKind.Text, true, ContinuePolicy.Any);
        Assert.Equal("replay", Name(ladder.After(AttemptOutcome.ConnectionReset, true)));

        Assert.Equal("text", Name(ladder.After(AttemptOutcome.Diverged, true)));
        journal.Attempt(AttemptKind.Text);
        Assert.Equal("text", Name(ladder.After(AttemptOutcome.ConnectionReset, true)));

        Assert.Null(Ladder(ContinuationKind.Text, true, ContinuePolicy.Exact).Ladder.After(AttemptOutcome.Diverged, true));
        Assert.Null(Ladder(ContinuationKind.None, true, ContinuePolicy.Any).Ladder.After(AttemptOutcome.Diverged, true));
    }

    [Fact]
    public void What_is_approximate_can_not_be_said_again_and_a_text_that_was_refused_is_not_tried_twice()
    {
        var (ladder, journal) = Ladder(ContinuationKind.Text, true, ContinuePolicy.Any);
        journal.Approximated();
        Assert.Equal("text", Name(ladder.After(AttemptOutcome.ConnectionReset, true)));
        journal.Attempt(AttemptKind.Text);

        Assert.Null(Name(ladder.After(AttemptOutcome.ContinuationRefused, true)));
    }

    [Theory]
    [InlineData(ContinuationKind.Text, "Exact", 1, "CannotContinueExactly")]
    [InlineData(ContinuationKind.Text, "Exact", 2, "CannotContinue")]
    [InlineData(ContinuationKind.None, "Exact", 1, "CannotContinue")]
    [InlineData(ContinuationKind.Text, "None", 1, "CannotContinue")]
    public void The_client_is_told_when_it_is_its_own_wish_that_ends_the_answer(ContinuationKind continuation, string policy, int choices, string end) =>
        Assert.Equal(end, Ladder(continuation, false, Enum.Parse<ContinuePolicy>(policy), choices).Ladder.End.ToString());

    [Fact]
    public void What_is_needed_of_a_replica_is_what_the_way_takes()
    {
        var (ladder, _) = Ladder(ContinuationKind.Text, true, ContinuePolicy.Any);

        Assert.Equal((null, ContinuationKind.None, false), Shown(ladder, AttemptKind.Fresh));
        Assert.Equal((Fakes.SomeReplica.Identity, ContinuationKind.Ids, false), Shown(ladder, AttemptKind.Exact));
        Assert.Equal((Fakes.SomeReplica.Identity, ContinuationKind.None, true), Shown(ladder, AttemptKind.Replay));
        Assert.Equal((Fakes.SomeReplica.Identity, ContinuationKind.Text, false), Shown(ladder, AttemptKind.Text));
    }

    private static (string?, ContinuationKind, bool) Shown(Ladder ladder, AttemptKind kind) =>
        ladder.Needs(kind) is var needed ? (needed.Identity, needed.Continuation, needed.Repeatable) : default;

    private static string? Name(AttemptKind? kind) => kind is { } known ? AttemptKinds.Name(known) : null;

    /// <summary>An answer that has some tokens, and what becomes of it.</summary>
    private (Ladder Ladder, Journal Journal) Ladder(ContinuationKind continuation, bool repeatable, ContinuePolicy policy, int choices = 1, bool onlyText = true)
    {
        var request = SomeJournal.Request(choices, onlyText);
        var journal = SomeJournal.Of(request, continuation, repeatable);
        SomeJournal.Token(journal, "The ", id: continuation == ContinuationKind.Ids ? 3 : null);
        return (new Ladder(request, journal, policy, TimeSpan.FromSeconds(1), _time), journal);
    }

    private void Speak(Journal journal, int tokens, TimeSpan gap)
    {
        for (var i = 0; i < tokens; i++)
        {
            SomeJournal.Token(journal, "x");
            journal.TokenAt(_time.GetTimestamp());
            _time.Advance(gap);
        }
    }
}
