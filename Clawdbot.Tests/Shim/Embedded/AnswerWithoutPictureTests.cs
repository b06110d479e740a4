using Clawdbot.InferenceShim.Engines.Embedded;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>What the engine says when there is nothing to measure.</summary>
public sealed class AnswerWithoutPictureTests
{
    [Theory]
    [InlineData("What is the capital of France? 😀👩‍👩‍👧", "English", "measure", "GPU")]
    [InlineData("今天天气怎么样？😀", "Chinese", "测量", "GPU")]
    public void Without_a_picture_the_question_is_quoted_and_the_engine_named(string text, string language, string does, string elsewhere)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var answer = Answer(text, language, seed);
            Assert.Contains(text, answer, StringComparison.Ordinal);
            Assert.Contains("Clawdbot", answer, StringComparison.Ordinal);
            Assert.Contains(does, answer, StringComparison.Ordinal);
            Assert.Contains(elsewhere, answer, StringComparison.Ordinal);
            Assert.DoesNotContain("Qwen", answer, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("Describe the image, please", "English", "picture", "image_url")]
    [InlineData("识别图片中的物体", "Chinese", "图片", "image_url")]
    [InlineData("描述这张图片的内容", "Chinese", "图片", "image_url")]
    public void A_picture_that_did_not_come_is_missed(string text, string language, string word, string how)
    {
        string[] missing = ["no picture came", "No picture came", "none was sent", "没有附上图片", "没有附带图片", "没有收到任何图片"];
        for (ulong seed = 0; seed < 20; seed++)
        {
            var answer = Answer(text, language, seed);
            Assert.Contains(missing, phrase => answer.Contains(phrase, StringComparison.Ordinal));
            Assert.Contains(word, answer, StringComparison.Ordinal);
            Assert.Contains(how, answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Imagination_is_not_an_image()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            Assert.Contains("GPU", Answer("Imagine a world", "English", seed), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_long_question_is_quoted_by_its_first_200_visible_characters()
    {
        var family = "👩‍👩‍👧";
        var answer = Answer(string.Concat(Enumerable.Repeat(family, 300)), "English", 1);
        Assert.Equal(200, answer.Split(family).Length - 1);
        var marks = Answer("e" + new string('\u0301', 100_000), "English", 1);
        Assert.InRange(marks.Length, 100, 5_000);
        Assert.Contains('\ufffd', Answer("half \ud83d.", "English", 1));
    }

    [Fact]
    public void A_message_without_text_is_called_so()
    {
        Assert.Contains("held no text", Answer(" \n", "English", 1), StringComparison.Ordinal);
        Assert.DoesNotContain("held no text", Answer("e" + new string('\u0301', 3000), "English", 1), StringComparison.Ordinal);
    }

    [Fact]
    public void A_quotation_that_ends_itself_gets_no_second_full_stop()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            Assert.DoesNotContain("?”.", Answer("Why?", "English", seed), StringComparison.Ordinal);
            Assert.Contains("“why”.", Answer("why", "English", seed), StringComparison.Ordinal);
        }
    }

    private static string Answer(string text, string language, ulong seed) => string.Concat(
        InferenceShim.Engines.Embedded.Answer.Compose(new Question(text, []), Enum.Parse<PromptLanguage>(language), seed));
}
