using System.Text;
using Clawdbot.Gateway.Forwarding;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Forwarding;

public sealed class ReplayTests
{
    private static readonly Gen<string> Texts = Gen.OneOf("the ", "图片", "🦞\"\\\n", "a", "", " ").Array[0, 12].Select(string.Concat);

    [Fact]
    public void However_it_is_cut_and_however_it_comes_again_the_client_gets_the_rest_once() =>
        Gen.Select(Texts, Gen.Int[0, 100], Gen.Int[1, 5], Gen.Int[1, 5]).Sample((text, cut, first, second) =>
        {
            var whole = SomeResponse.Escaped(text);
            var response = SomeResponse.Of(SomeResponse.Request());
            var had = whole[..(whole.Length * cut / 100)];
            foreach (var piece in had.Chunk(first))
                response.Told(0, piece);
            var got = had.ToList();

            var replay = new Replay(response);
            foreach (var piece in whole.Chunk(second))
            {
                ReadOnlyMemory<byte> rest = piece;
                var known = replay.Text(0, 1, ref rest);
                Assert.NotEqual(Replayed.Diverged, known);
                Assert.Equal(known == Replayed.New, !rest.IsEmpty);
                got.AddRange(rest.ToArray());
                response.Told(0, rest.Span);
            }
            ReadOnlyMemory<byte> end = default;

            Assert.Equal(Replayed.New, replay.Finish(0, "stop", ref end));
            Assert.Equal(Encoding.UTF8.GetString(whole), Encoding.UTF8.GetString([.. got]));
        }, iter: 2000);

    [Fact]
    public void What_is_not_the_same_is_seen_at_once_wherever_it_is() => Gen.Select(
        Texts.Where(t => t.Length > 0), Gen.Int[0, 1000], Gen.Int[1, 5]).Sample((text, at, size) =>
    {
        var had = SomeResponse.Escaped(text);
        var response = SomeResponse.Of(SomeResponse.Request());
        response.Told(0, had);
        var other = had.ToArray();
        other[at % had.Length] ^= 1;

        var replay = new Replay(response);
        var seen = 0;
        foreach (var piece in other.Chunk(size))
        {
            ReadOnlyMemory<byte> rest = piece;
            if (replay.Text(0, 1, ref rest) == Replayed.Diverged)
                break;
            seen += piece.Length;
        }

        Assert.InRange(at % had.Length, seen, seen + size - 1);
    }, iter: 1000);

    [Fact]
    public void An_answer_that_ends_sooner_is_another_one()
    {
        var replay = new Replay(Said("abc"));
        Assert.Equal(Replayed.Known, Take(replay, "ab"));
        ReadOnlyMemory<byte> none = default;

        Assert.Equal(Replayed.Diverged, replay.Finish(0, "stop", ref none));
    }

    [Fact]
    public void Text_that_comes_with_the_end_is_compared_too()
    {
        ReadOnlyMemory<byte> end = "cd"u8.ToArray();
        Assert.Equal(Replayed.New, new Replay(Said("")).Finish(0, "stop", ref end));

        var replay = new Replay(Said("abc"));
        Take(replay, "ab");
        Assert.Equal(Replayed.New, replay.Finish(0, "stop", ref end));
        Assert.Equal("d", Encoding.UTF8.GetString(end.Span));

        var other = new Replay(Said("abx"));
        Take(other, "ab");
        end = "cd"u8.ToArray();
        Assert.Equal(Replayed.Diverged, other.Finish(0, "stop", ref end));
    }

    [Theory]
    [InlineData("ab", "stop", Replayed.Known)]
    [InlineData("ab", "length", Replayed.Diverged)]
    [InlineData("a", "stop", Replayed.Diverged)]
    [InlineData("abc", "stop", Replayed.Diverged)]
    internal void A_choice_that_had_ended_must_end_the_same_way(string text, string reason, Replayed expected)
    {
        var response = SomeResponse.Of(SomeResponse.Request(2));
        SomeResponse.Token(response, "ab", 1);
        response.Finished(1, "stop", null, null);
        var replay = new Replay(response);
        var taken = Take(replay, text, 1);
        ReadOnlyMemory<byte> none = default;

        Assert.Equal(expected, taken == Replayed.Diverged ? taken : replay.Finish(1, reason, ref none));
    }

    [Fact]
    public void Behind_its_end_and_beside_the_choices_nothing_may_come()
    {
        var replay = new Replay(Said("a"));
        Assert.Equal(Replayed.Diverged, Take(replay, "a", 1));
        Assert.Equal(Replayed.Diverged, Take(replay, "a", -1));
        Take(replay, "a");
        ReadOnlyMemory<byte> none = default;
        replay.Finish(0, "stop", ref none);

        Assert.Equal(Replayed.Diverged, Take(replay, "a"));
        Assert.Equal(Replayed.Diverged, replay.Finish(0, "stop", ref none));
    }

    [Fact]
    public void Tokens_that_show_nothing_are_known_as_long_as_there_were_as_many()
    {
        var response = SomeResponse.Of(SomeResponse.Request());
        SomeResponse.Token(response, "a");
        SomeResponse.Token(response, "");
        var replay = new Replay(response);

        Assert.Equal(Replayed.Known, Take(replay, "a"));
        Assert.Equal(Replayed.Known, Take(replay, ""));
        Assert.Equal(Replayed.New, Take(replay, ""));
    }

    [Fact]
    public void Tokens_said_again_are_not_counted_again()
    {
        var response = Said("abc");
        for (var i = 0; i < 7; i++)
            response.GeneratedUnnumbered();
        response.GeneratedAnew(5);
        Assert.Equal(7, response.Tokens);
        response.GeneratedAnew(8);

        Assert.Equal(8, response.Tokens);
    }

    private static Clawdbot.Gateway.Forwarding.ResponseState Said(string text)
    {
        var response = SomeResponse.Of(SomeResponse.Request());
        response.Told(0, SomeResponse.Escaped(text));
        return response;
    }

    private static Replayed Take(Replay replay, string text, int index = 0)
    {
        ReadOnlyMemory<byte> bytes = SomeResponse.Escaped(text);
        return replay.Text(index, 1, ref bytes);
    }
}
