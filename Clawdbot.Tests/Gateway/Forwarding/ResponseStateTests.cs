using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Forwarding;

public sealed class ResponseStateTests
{
    [Fact]
    public void Text_is_kept_as_it_came_and_told_unescaped() => Gen.String.Array[1, 5].Sample(pieces =>
    {
        var response = SomeResponse.Of(SomeResponse.Request());
        var valid = pieces.Select(p => SomeResponse.Unescaped(SomeResponse.Escaped(p))).ToList();
        foreach (var piece in valid)
            SomeResponse.Token(response, piece);

        Assert.Equal(string.Concat(valid), response.SaidText());
    }, iter: 300);

    [Theory]
    [InlineData(ContinuationKind.Ids, 1, true, 0)]
    [InlineData(ContinuationKind.Ids, 2, true, 1)]
    [InlineData(ContinuationKind.Ids, 1, false, 1)]
    [InlineData(ContinuationKind.Text, 1, true, 1)]
    [InlineData(ContinuationKind.None, 1, true, 1)]
    public void Where_ids_are_all_that_it_takes_no_text_is_kept(ContinuationKind continuation, int choices, bool onlyText, int bytes)
    {
        var response = SomeResponse.Of(SomeResponse.Request(choices, onlyText), continuation);
        SomeResponse.Token(response, "x", id: 3);

        Assert.Equal(bytes, response.Said(0).Length);
    }

    [Fact]
    public void Tokens_are_counted_as_they_come_until_the_engine_tells()
    {
        var (counted, estimated, untold) = (SomeResponse.Of(SomeResponse.Request(), ContinuationKind.Ids),
            SomeResponse.Of(SomeResponse.Request()), SomeResponse.Of(SomeResponse.Request()));
        SomeResponse.Token(counted, "x", id: 1);
        counted.Finished(0, "stop", 9, 2); // the last one came with the finish
        foreach (var response in (ResponseState[])[estimated, untold])
        {
            SomeResponse.Token(response, "x");
            SomeResponse.Token(response, "y");
        }
        Assert.Equal(2, estimated.Tokens);
        estimated.Finished(0, "stop", null, 7);
        untold.Finished(0, "stop", null, null);

        Assert.Equal((2, 7, 2), (counted.Tokens, estimated.Tokens, untold.Tokens));
    }

    [Fact]
    public void Tokens_that_came_together_are_counted_all()
    {
        var response = SomeResponse.Of(SomeResponse.Request());
        response.GeneratedUnnumbered(3);
        response.PieceCame(4);
        response.PieceCame(0);
        Assert.Equal(7, response.Tokens);
        response.GeneratedUnnumbered(int.MaxValue);

        Assert.Equal(int.MaxValue, response.Tokens);
    }

    [Fact]
    public void Of_several_choices_the_sum_counts_whoever_bears_it()
    {
        var response = SomeResponse.Of(SomeResponse.Request(2));
        SomeResponse.Token(response, "x", 0);
        SomeResponse.Token(response, "x", 1);
        response.Finished(0, "stop", null, 0);
        Assert.Equal((2, false), (response.Tokens, response.IsComplete));
        response.Finished(1, "length", null, 31);

        Assert.Equal((31, true), (response.Tokens, response.IsComplete));
        Assert.Equal(("stop", "length"), (response.Reason(0), response.Reason(1)));
    }

    [Fact]
    public void The_prompt_is_what_the_first_attempt_that_told_it_said()
    {
        var response = new ResponseState("id", DateTimeOffset.UnixEpoch, SomeResponse.Request(), null);
        response.Started("i", ContinuationKind.Text, false, null);
        response.Started("i", ContinuationKind.Text, false, 12);
        response.Started("i", ContinuationKind.Text, false, 40);
        response.Finished(0, "stop", 50, 1);

        Assert.Equal(12, response.PromptTokens);
    }

    [Fact]
    public void Started_over_nothing_is_left()
    {
        var response = SomeResponse.Of(SomeResponse.Request(2), ContinuationKind.Text, repeatable: true);
        SomeResponse.Token(response, "x");
        response.PieceCame();
        response.Finished(0, "stop", null, 9);
        response.StartOver();

        Assert.Equal((0, false, null, ContinuationKind.None, false),
            (response.Tokens, response.HasPieces, response.Identity, response.Continuation, response.IsRepeatable));
        Assert.True(response.IsOpen(0) && response.Said(0).IsEmpty);
        SomeResponse.Token(response, "y");
        response.Finished(0, "stop", null, 0);
        response.Finished(1, "stop", null, 4);
        Assert.Equal(4, response.Tokens);
    }

    [Fact]
    public void The_token_rate_is_that_of_the_tokens_over_all_attempts_without_the_waits_for_the_first()
    {
        var time = new ManualTimeProvider();
        var tokenRate = new TokenRate();
        Assert.Equal(TimeSpan.Zero, tokenRate.Of(1000, time));
        foreach (var gap in (int[])[20, 40])
        {
            tokenRate.Begin();
            time.Advance(TimeSpan.FromSeconds(100));
            for (var i = 0; i <= 10; i++)
            {
                tokenRate.Token(time.GetTimestamp());
                time.Advance(TimeSpan.FromMilliseconds(gap));
            }
        }

        Assert.Equal(TimeSpan.FromMilliseconds(30 * 50), tokenRate.Of(50, time));
    }
}
