using Clawdbot.InferenceShim.Engines.Embedded;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

public sealed class LanguageOfTests
{
    [Theory]
    [InlineData("描述这张图片的内容")]
    [InlineData("请用 JSON 描述这张图片")]
    [InlineData("这张图片的主要颜色是什么？Thanks!")]
    [InlineData("𠀀𠀁")]
    public void Chinese(string text) => Assert.Equal(PromptLanguage.Chinese, LanguageOf.Prompt(text));

    [Theory]
    [InlineData("Describe this picture.")]
    [InlineData("What does 你好 mean in this image?")]
    [InlineData("")]
    [InlineData("😀 123 ！")]
    [InlineData("この画像を説明してください")]
    [InlineData("Опиши картинку")]
    [InlineData("\ud800")]
    public void Everything_else_is_answered_in_English(string text) => Assert.Equal(PromptLanguage.English, LanguageOf.Prompt(text));
}
