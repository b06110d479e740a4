using System.Text.RegularExpressions;
using Clawdbot.InferenceShim.Engines.Embedded;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

public sealed partial class AnswerTests
{
    private static readonly PictureFacts Harbour = Facts(
        new Canvas(640, 480).Paint((x, y) => y < 298 ? 0x1E3A8A : y < 394 ? 0xFFA500 : x % 7 * 0x101010));

    private static readonly PictureFacts Red = Facts(Canvas.Solid(30, 40, 0xFF0000));
    private static readonly PictureFacts Noise = Facts(Canvas.Noise(64, 64));
    private static readonly PictureFacts Nothing = Facts(Canvas.Solid(9, 9, 0, alpha: 0));

    [Theory]
    [InlineData("English", "blue")]
    [InlineData("Chinese", "蓝色")]
    public void The_size_comes_first_and_then_the_dominant_colour(string language, string colour)
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var pieces = Pieces("Describe it.", language, seed, Harbour);
            Assert.Contains("640x480", pieces[0], StringComparison.Ordinal);
            Assert.Contains(colour, pieces[1], StringComparison.OrdinalIgnoreCase);
            Assert.Contains("62%", pieces[1], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("English")]
    [InlineData("Chinese")]
    public void The_same_seed_says_the_same_and_another_seed_something_else(string language)
    {
        List<string> Answers(string text, params PictureFacts[] pictures) =>
            [.. Enumerable.Range(0, 200).Select(seed => string.Concat(Pieces(text, language, (ulong)seed, pictures)))];
        Assert.Equal(Answers("Describe it.", Harbour), Answers("Describe it.", Harbour));
        Assert.InRange(Answers("Describe it.", Harbour).Distinct().Count(), 190, 200);
        Assert.InRange(Answers("Hello").Distinct().Count(), 80, 200);
    }

    [Fact]
    public void An_answer_is_as_long_as_a_paragraph_and_repeats_nothing()
    {
        foreach (var language in new[] { "English", "Chinese" })
        {
            foreach (var facts in new[] { Harbour, Red, Noise })
            {
                for (ulong seed = 0; seed < 50; seed++)
                {
                    var pieces = Pieces("Describe it.", language, seed, facts);
                    Assert.InRange(pieces.Sum(Tokenizer.Default.Count), 45, 170);
                    Assert.Equal(pieces.Count, pieces.Select(piece => piece.Trim()).Distinct().Count());
                    Assert.DoesNotContain("", pieces);
                }
            }
        }
    }

    [Fact]
    public void Percentages_sum_to_the_whole()
    {
        var thirds = Facts(new Canvas(30, 30).Paint((x, _) => x < 10 ? 0xFF0000 : x < 20 ? 0x00FF00 : 0x0000FF));
        for (ulong seed = 0; seed < 200; seed++)
        {
            var colours = Pieces("", "English", seed, thirds)[1];
            Assert.Equal(100, Percent().Matches(colours).Sum(match => int.Parse(match.ValueSpan[..^1], null)));
        }
    }

    [Theory]
    [InlineData("What objects do you see?", "English", "do not recognise objects")]
    [InlineData("Please identify what is in this picture", "English", "do not recognise objects")]
    [InlineData("Read the text", "English", "measure pixels")]
    [InlineData("识别图片中的物体", "Chinese", "不识别物体")]
    [InlineData("图里写着什么文字？", "Chinese", "只测量像素")]
    public void What_cannot_be_measured_is_said_to_be_so_early(string text, string language, string words)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            Assert.Contains(words, Pieces(text, language, seed, Harbour)[2], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Describe it.", "English", "does not recognise objects", "do not recognise objects")]
    [InlineData("描述这张图片的内容", "Chinese", "不识别物体", "不识别物体")]
    public void Every_description_ends_with_what_the_engine_is(string text, string language, string words, string orWords)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var last = Pieces(text, language, seed, Harbour)[^1];
            Assert.True(last.Contains(words, StringComparison.Ordinal) || last.Contains(orWords, StringComparison.Ordinal), last);
        }
    }

    [Fact]
    public void Several_pictures_are_numbered_and_compared()
    {
        foreach (var (language, word) in new[] { ("English", "Picture"), ("Chinese", "图片") })
        {
            var answer = string.Concat(Pieces("Compare them.", language, 3, Harbour, Red, Noise));
            var lines = answer.Split('\n');
            Assert.StartsWith($"{word} 1", lines[0], StringComparison.Ordinal);
            Assert.StartsWith($"{word} 2", lines[1], StringComparison.Ordinal);
            Assert.StartsWith($"{word} 3", lines[2], StringComparison.Ordinal);
            Assert.Contains("30x40", lines[1], StringComparison.Ordinal);
            Assert.Contains("100%", lines[1], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("主要颜色是什么？", "Chinese", "物体")]
    [InlineData("What is the dominant colour?", "English", "objects")]
    public void What_can_be_measured_is_answered_without_excuse(string text, string language, string excuse)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var pieces = Pieces(text, language, seed, Harbour);
            Assert.DoesNotContain(pieces.SkipLast(1), piece => piece.Contains(excuse, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_order_of_the_middle_changes_with_the_seed()
    {
        var places = Enumerable.Range(0, 40)
            .Select(seed => Pieces("Describe it.", "English", (ulong)seed, Harbour))
            .Select(pieces => pieces.FindIndex(piece => piece.Contains("contrast", StringComparison.Ordinal)));
        Assert.Equal([2, 3, 4, 5], places.Distinct().Order());
    }

    [Fact]
    public void What_is_not_there_is_not_described()
    {
        var answer = string.Concat(Pieces("Describe it.", "English", 1, Nothing));
        Assert.Contains("completely transparent", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("brightness", answer, StringComparison.Ordinal);
        Assert.Contains("完全透明", string.Concat(Pieces("描述", "Chinese", 1, Red, Nothing)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_is_made_only_as_far_as_it_is_read()
    {
        var pictures = new CountingList([.. Enumerable.Repeat(Red, 50)]);
        Assert.NotEmpty(Answer.Compose(new Question("", pictures), PromptLanguage.English, 1).First());
        Assert.InRange(pictures.Reads, 1, 3);
    }

    [Fact]
    public void The_vocabulary_fits_what_is_said()
    {
        var english = string.Concat(Enumerable.Range(0, 50).SelectMany(seed => Pieces("Describe it.", "English", (ulong)seed, Harbour)));
        Assert.InRange((double)english.Length / Tokenizer.Default.Count(english), 4, 7);
        var chinese = Enumerable.Range(0, 20)
            .SelectMany(seed => Pieces("描述", "Chinese", (ulong)seed, Harbour))
            .SelectMany(Tokenizer.Default.Encode)
            .ToList();
        // Bytes inside of characters, and whole words.
        Assert.InRange(chinese.Count(id => id is >= 128 and < 256), chinese.Count / 20, chinese.Count * 2 / 3);
        Assert.InRange(chinese.Count(id => id >= 256), chinese.Count / 4, chinese.Count);
    }

    private static List<string> Pieces(string text, string language, ulong seed, params PictureFacts[] pictures) =>
        [.. Answer.Compose(new Question(text, pictures), Enum.Parse<PromptLanguage>(language), seed)];

    private static PictureFacts Facts(Canvas canvas) =>
        PictureMeter.Measure(new Picture(canvas.Width, canvas.Height, canvas.Rgba, "PNG"));

    [GeneratedRegex(@"\d+%")]
    private static partial Regex Percent();

    /// <summary>Counts how many pictures were looked at.</summary>
    private sealed class CountingList(List<PictureFacts> pictures) : IReadOnlyList<PictureFacts>
    {
        public int Reads { get; private set; }

        public int Count => pictures.Count;

        public PictureFacts this[int index]
        {
            get
            {
                Reads++;
                return pictures[index];
            }
        }

        public IEnumerator<PictureFacts> GetEnumerator() => pictures.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
