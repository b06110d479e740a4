using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Apis;

namespace Clawdbot.Tests.Gateway.Edge.Apis;

/// <summary>What an answer holds beside text, as parts in the order in which a model says them.</summary>
public sealed class AnswerPartTests
{
    [Theory]
    [InlineData("""{"delta":{"content":"a\n\"b\""}}""", "Text:a\\n\\\"b\\\"")]
    [InlineData("""{"delta":{"reasoning_content":"t","reasoning":"t"}}""", "Reasoning:t")]
    [InlineData("""{"delta":{"reasoning":"t","content":"a","refusal":"no"}}""", "Reasoning:t|Text:a|Refusal:no")]
    [InlineData("""{"delta":{"tool_calls":[{"index":1,"id":"c","function":{"name":"f","arguments":""}},{"index":1,"function":{"arguments":"{\"x\""}}]}}""", "Call1:(c,f)|Call1:{\\\"x\\\"(,)")]
    [InlineData("""{"delta":{},"logprobs":{}}""", "")]
    [InlineData("{}", "")]
    [InlineData("""{"delta":{"content":null,"tool_calls":null,"reasoning_content":""}}""", "")]
    public void Of_a_stream(string choice, string parts) => Assert.Equal(parts, Told(AnswerPart.OfDelta(JsonDocument.Parse(choice).RootElement)));

    [Fact]
    public void Of_a_whole_answer_thoughts_come_first_and_calls_are_numbered_as_they_stand()
    {
        var message = JsonDocument.Parse("""{"reasoning_content":"t","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}},{"id":"d","function":{"name":"g","arguments":"{}"}}]}""").RootElement;

        Assert.Equal("Reasoning:t|Text:a|Call0:{}(c,f)|Call1:{}(d,g)", Told(AnswerPart.OfMessage(message, "a"u8.ToArray())));
        Assert.Equal("Text:a", Told(AnswerPart.OfMessage(default, "a"u8.ToArray())));
        Assert.Equal("", Told(AnswerPart.OfMessage(default, default)));
    }

    private static string Told(IEnumerable<AnswerPart> parts) => string.Join('|', parts.Select(p => p.Kind == AnswerPartKind.Call
        ? $"Call{p.Call}:{Text(p.Text)}({Text(p.CallId)},{Text(p.Name)})"
        : $"{p.Kind}:{Text(p.Text)}"));

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
