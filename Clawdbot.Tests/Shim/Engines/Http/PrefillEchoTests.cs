using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.Tests.Shim.Engines.Http;

public sealed class PrefillEchoTests
{
    [Theory]
    [InlineData("Once upon a time", 16, "Once upon a time there|Once upon a time", " there|Once upon a time")]
    [InlineData("Once upon a time", 1, "Once upon a time", "")]
    [InlineData("Once", 1, "|Once upon", "| upon")]
    [InlineData("1", 1, "10", "0")]
    [InlineData("1", 2, "10", "10")] // too short to be sure
    [InlineData("Once upon a time", 1, "Once upon| a time", "Once upon| a time")] // it is repeated at once or not at all
    [InlineData("", 0, "Once|upon", "Once|upon")]
    public void Only_the_first_text_is_believed_to_repeat_what_was_given(string given, int least, string said, string told)
    {
        var echo = new PrefillEcho(given, least);

        Assert.Equal(told, string.Join('|', said.Split('|').Select(echo.Strip)));
    }
}
