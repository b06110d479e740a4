using System.Text;
using Clawdbot.InferenceShim.Engines.Embedded;
using CsCheck;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

public sealed class TokenizerTests
{
    private static readonly Tokenizer Tokenizer = Tokenizer.Default;

    // Any UTF-16, lone surrogates included, mixed with what the vocabulary holds.
    private static readonly Gen<string> Text = Gen.OneOf(
            Gen.Char.Array[0, 20].Select(letters => new string(letters)),
            Gen.OneOf(" the picture is", "图片的颜色是蓝色", "👩‍👩‍👧😀", " 62% (10%).", "\ud83d", "é\r\n\t"))
        .List[0, 6].Select(string.Concat);

    [Fact]
    public void The_bytes_of_the_tokens_are_the_bytes_of_the_text() => Text.Holds(
        text => Decode(Tokenizer.Encode(text)).SequenceEqual(Encoding.UTF8.GetBytes(text)), cases: 5_000);

    [Fact]
    public void Both_ways_to_encode_and_the_count_agree() => Text.Holds(
        text =>
        {
            List<int> into = [7];
            Tokenizer.Encode(text, into);
            return into[0] == 7 && into.Skip(1).SequenceEqual(Tokenizer.Encode(text)) && Tokenizer.Count(text) == into.Count - 1;
        },
        cases: 1_000);

    [Fact]
    public void Every_id_has_bytes_of_its_own()
    {
        var all = Enumerable.Range(0, Tokenizer.VocabularySize).Select(id => Convert.ToHexString(Tokenizer.Bytes(id))).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.DoesNotContain("", all);
        for (var value = 0; value < 256; value++) Assert.Equal([(byte)value], Tokenizer.Bytes(value));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void Unknown_ids_are_refused(int id)
    {
        Assert.False(Tokenizer.Contains(id));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizer.Bytes(id).Length);
        Assert.False(Tokenizer.Contains(Tokenizer.VocabularySize));
        Assert.True(Tokenizer.Contains(Tokenizer.VocabularySize - 1));
    }

    [Fact]
    public void The_longest_piece_wins()
    {
        Assert.Single(Tokenizer.Encode(" photographed"));
        Assert.Single(Tokenizer.Encode("按面积计算"));
        Assert.Single(Tokenizer.Encode(" 100%"));
    }

    [Fact]
    public void Frequent_Chinese_characters_are_cut_into_bytes()
    {
        Assert.Equal(3, Tokenizer.Count("的"));
        Assert.Equal(4, Tokenizer.Count("😀"));
    }

    [Fact]
    public void The_fingerprint_is_short_and_stable()
    {
        Assert.Matches("^[0-9a-f]{16}$", Tokenizer.Fingerprint);
        Assert.Equal(Tokenizer.Default.Fingerprint, Tokenizer.Fingerprint);
    }

    private static IEnumerable<byte> Decode(IEnumerable<int> ids) => ids.SelectMany(id => Tokenizer.Bytes(id).ToArray());
}
