using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Clawdbot.Tests.Gateway.Forwarding;

public sealed class JournalTests
{
    [Fact]
    public void Text_is_kept_as_it_came_and_told_unescaped() => Gen.String.Array[1, 5].Sample(pieces =>
    {
        var journal = SomeJournal.Of(SomeJournal.Request());
        var valid = pieces.Select(p => SomeJournal.Unescaped(SomeJournal.Escaped(p))).ToList();
        foreach (var piece in valid)
            SomeJournal.Token(journal, piece);

        Assert.Equal(string.Concat(valid), journal.SaidText());
    }, iter: 300);

    [Theory]
    [InlineData(ContinuationKind.Ids, 1, true, 0)]
    [InlineData(ContinuationKind.Ids, 2, true, 1)]
    [InlineData(ContinuationKind.Ids, 1, false, 1)]
    [InlineData(ContinuationKind.Text, 1, true, 1)]
    [InlineData(ContinuationKind.None, 1, true, 1)]
    public void Where_ids_are_all_that_it_takes_no_text_is_kept(ContinuationKind continuation, int choices, bool onlyText, int bytes)
    {
        var journal = SomeJournal.Of(SomeJournal.Request(choices, onlyText), continuation);
        SomeJournal.Token(journal, "x", id: 3);

        Assert.Equal(bytes, journal.Said(0).Length);
    }

    [Fact]
    public void Tokens_are_counted_as_they_come_until_the_engine_tells()
    {
        var (counted, estimated, untold) = (SomeJournal.Of(SomeJournal.Request(), ContinuationKind.Ids), SomeJournal.Of(SomeJournal.Request()), SomeJournal.Of(SomeJournal.Request()));
        SomeJournal.Token(counted, "x", id: 1);
        counted.Finished(0, "stop", 9, 2); // the last one came with the finish
        foreach (var journal in (Journal[])[estimated, untold])
        {
            SomeJournal.Token(journal, "x");
            SomeJournal.Token(journal, "y");
        }
        Assert.Equal(2, estimated.Tokens);
        estimated.Finished(0, "stop", null, 7);
        untold.Finished(0, "stop", null, null);

        Assert.Equal((2, 7, 2), (counted.Tokens, estimated.Tokens, untold.Tokens));
    }

    [Fact]
    public void Of_several_choices_the_sum_counts_whoever_bears_it()
    {
        var journal = SomeJournal.Of(SomeJournal.Request(2));
        SomeJournal.Token(journal, "x", 0);
        SomeJournal.Token(journal, "x", 1);
        journal.Finished(0, "stop", null, 0);
        Assert.Equal((2, false), (journal.Tokens, journal.IsComplete));
        journal.Finished(1, "length", null, 31);

        Assert.Equal((31, true), (journal.Tokens, journal.IsComplete));
        Assert.Equal(("stop", "length"), (journal.Reason(0), journal.Reason(1)));
    }

    [Fact]
    public void The_prompt_is_what_the_first_attempt_that_told_it_said()
    {
        var journal = new Journal("id", DateTimeOffset.UnixEpoch, SomeJournal.Request(), null);
        journal.Started("i", ContinuationKind.Text, false, null);
        journal.Started("i", ContinuationKind.Text, false, 12);
        journal.Started("i", ContinuationKind.Text, false, 40);
        journal.Finished(0, "stop", 50, 1);

        Assert.Equal(12, journal.PromptTokens);
    }

    [Fact]
    public void Started_over_nothing_is_left()
    {
        var journal = SomeJournal.Of(SomeJournal.Request(2), ContinuationKind.Text, repeatable: true);
        SomeJournal.Token(journal, "x");
        journal.PieceCame();
        journal.Finished(0, "stop", null, 9);
        journal.StartOver();

        Assert.Equal((0, false, null, ContinuationKind.None, false), (journal.Tokens, journal.HasPieces, journal.Identity, journal.Continuation, journal.IsRepeatable));
        Assert.True(journal.IsOpen(0) && journal.Said(0).IsEmpty);
        SomeJournal.Token(journal, "y");
        journal.Finished(0, "stop", null, 0);
        journal.Finished(1, "stop", null, 4);
        Assert.Equal(4, journal.Tokens);
    }

    [Fact]
    public void The_pace_is_that_of_the_tokens_over_all_attempts_without_the_waits_for_the_first()
    {
        var time = new FakeTimeProvider();
        var pace = new Pace();
        Assert.Equal(TimeSpan.Zero, pace.Of(1000, time));
        foreach (var gap in (int[])[20, 40])
        {
            pace.Begin();
            time.Advance(TimeSpan.FromSeconds(100));
            for (var i = 0; i <= 10; i++)
            {
                pace.Token(time.GetTimestamp());
                time.Advance(TimeSpan.FromMilliseconds(gap));
            }
        }

        Assert.Equal(TimeSpan.FromMilliseconds(30 * 50), pace.Of(50, time));
    }
}
