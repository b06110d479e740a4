using System.Text;
using Clawdbot.InferenceShim.Engines;
using CsCheck;

namespace Clawdbot.Tests.Shim.Engines;

public sealed class TextAssemblerTests
{
    /// <summary>Few letters, so that stop strings are met, half met and overlapping; and characters of two, three and four bytes.</summary>
    private static readonly Gen<string> Text =
        Gen.OneOf("a", "b", "ab", "ü", "中", "图", "片", "🦞", "é", "\n", " ").Array[0, 40].Select(string.Concat);

    private static readonly Gen<string> Stop = Gen.OneOf("a", "b", "ü", "中", "图", "🦞").Array[1, 4].Select(string.Concat);

    /// <summary>Where tokens end: anywhere, inside of characters too.</summary>
    private static readonly Gen<int[]> Sizes = Gen.Int[1, 6].Array[1, 8];

    [Fact]
    public void What_is_visible_in_the_end_is_the_text_up_to_the_stop_string_however_it_is_cut_into_tokens() =>
        Gen.Select(Text, Gen.Null(Stop), Sizes).Sample((text, stop, sizes) =>
        {
            var at = stop is null ? -1 : text.IndexOf(stop, StringComparison.Ordinal);
            var run = Run(Tokens(text, sizes), stop is null ? [] : [stop]);

            Assert.Equal(at < 0 ? text : text[..at], string.Concat(run.Pieces) + run.Last);
            Assert.Equal(at >= 0, run.Stopped);
        }, iter: 5000);

    [Fact]
    public void With_several_stop_strings_the_first_that_is_complete_ends_the_text() =>
        Gen.Select(Text, Stop.Array[0, 4], Sizes).Sample((text, stops, sizes) =>
        {
            var tokens = Tokens(text, sizes);
            var run = Run(tokens, stops);

            var (visible, stopped) = Expected(tokens, stops);
            Assert.Equal(visible, string.Concat(run.Pieces) + run.Last);
            Assert.Equal(stopped, run.Stopped);
        }, iter: 5000);

    [Fact]
    public void Nothing_is_shown_that_could_still_become_a_stop_string_and_nothing_else_is_held_back() =>
        Gen.Select(Text, Stop.Array[0, 4], Sizes).Sample((text, stops, sizes) =>
        {
            var assembler = new TextAssembler(stops);
            var (seen, shown) = (new List<byte>(), "");
            foreach (var token in Tokens(text, sizes))
            {
                seen.AddRange(token);
                shown += assembler.Push(token);
                if (assembler.Stopped)
                    break;
                var whole = Whole(seen);
                var open = Enumerable.Range(0, seen.Count + 1)
                    .First(from => from == seen.Count
                        || stops.Any(s => Encoding.UTF8.GetBytes(s).AsSpan().StartsWith(seen.ToArray().AsSpan(from))));
                Assert.Equal(Whole(seen[..Math.Min(open, seen.Count)]), shown);
                Assert.StartsWith(shown, whole, StringComparison.Ordinal);
            }
        }, iter: 3000);

    [Fact]
    public void Going_on_from_any_token_shows_exactly_what_was_still_missing() =>
        Gen.Select(Text, Stop.Array[0, 3], Sizes).Sample((text, stops, sizes) =>
        {
            var tokens = Tokens(text, sizes);
            var undisturbed = Run(tokens, stops);
            for (var given = 0; given <= undisturbed.Pieces.Count; given++)
            {
                var assembler = new TextAssembler(stops);
                foreach (var token in tokens.Take(given))
                    assembler.Push(token);
                var rest = tokens.Skip(given).Take(undisturbed.Pieces.Count - given).Select(token => assembler.Push(token)).ToList();

                Assert.Equal(undisturbed.Pieces.Skip(given), rest);
                Assert.Equal((undisturbed.Last, undisturbed.Stopped), (assembler.Flush(), assembler.Stopped));
            }
        }, iter: 1000);

    [Fact]
    public void Of_two_stop_strings_in_one_token_the_leftmost_ends_the_text()
    {
        var assembler = new TextAssembler(["world", "lo"]);

        Assert.Equal("hel", assembler.Push("hello world"u8));
        Assert.True(assembler.Stopped);
        Assert.Equal("", assembler.Push("more"u8));
        Assert.Equal("", assembler.Flush());
    }

    [Fact]
    public void Half_a_character_at_the_end_is_dropped()
    {
        var assembler = new TextAssembler([]);

        Assert.Equal("a", assembler.Push([.. "a"u8, .. "图"u8[..2]]));
        Assert.Equal("", assembler.Flush());
    }

    private static (List<string> Pieces, string Last, bool Stopped) Run(IEnumerable<byte[]> tokens, string[] stops)
    {
        var assembler = new TextAssembler(stops);
        var pieces = new List<string>();
        foreach (var token in tokens)
        {
            pieces.Add(assembler.Push(token));
            if (assembler.Stopped)
                break;
        }
        Assert.DoesNotContain(pieces, p => p.Contains('\uFFFD', StringComparison.Ordinal));
        return (pieces, assembler.Flush(), assembler.Stopped);
    }

    /// <summary>
    /// The promise in the plainest words: after each token, look at all there is; the first time a stop string is in it, cut there.
    /// </summary>
    private static (string Visible, bool Stopped) Expected(List<byte[]> tokens, string[] stops)
    {
        var all = new List<byte>();
        foreach (var token in tokens)
        {
            all.AddRange(token);
            var met = stops.Select(s => all.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(s))).Where(at => at >= 0).ToList();
            if (met.Count > 0)
                return (Encoding.UTF8.GetString([.. all[..met.Min()]]), true);
        }
        return (Encoding.UTF8.GetString([.. all]), false);
    }

    private static string Whole(List<byte> bytes)
    {
        for (var length = bytes.Count; ; length--)
        {
            var text = Encoding.UTF8.GetString([.. bytes[..length]]);
            if (!text.Contains('\uFFFD', StringComparison.Ordinal))
                return text;
        }
    }

    private static List<byte[]> Tokens(string text, int[] sizes)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var tokens = new List<byte[]>();
        for (var at = 0; at < bytes.Length; at += tokens[^1].Length)
            tokens.Add(bytes[at..Math.Min(bytes.Length, at + sizes[tokens.Count % sizes.Length])]);
        return tokens;
    }
}
