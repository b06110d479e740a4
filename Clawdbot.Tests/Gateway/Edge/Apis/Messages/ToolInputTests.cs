using System.Buffers;
using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Apis.Messages;

namespace Clawdbot.Tests.Gateway.Edge.Apis.Messages;

public sealed class ToolInputTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("""{"a":"b \" \n ü 😀","c":[1,{}]}""", """{"a":"b \" \n ü 😀","c":[1,{}]}""")]
    [InlineData("\n {\"a\": 1}\t", "\n {\"a\": 1}\t")]
    [InlineData("""{"a":"b""", """{"INVALID_JSON":"{\u0022a\u0022:\u0022b"}""")]
    [InlineData("{} {}", """{"INVALID_JSON":"{} {}"}""")]
    [InlineData("[1]", """{"INVALID_JSON":"[1]"}""")]
    [InlineData("look", """{"INVALID_JSON":"look"}""")]
    public void Arguments_are_an_object_or_stand_in_one(string arguments, string input)
    {
        var output = new ArrayBufferWriter<byte>();
        ToolInput.Write(output, JsonEncodedText.Encode(arguments).EncodedUtf8Bytes);

        Assert.Equal(input, Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(output.WrittenMemory).RootElement.ValueKind);
    }

    [Fact]
    public void Half_a_character_and_what_nests_too_deeply_are_no_object()
    {
        Assert.False(ToolInput.IsObject("""{\"a\":\"\ud800\"}"""u8));
        Assert.False(ToolInput.IsObject(Encoding.UTF8.GetBytes($$"""{\"a\":{{new string('[', 100)}}{{new string(']', 100)}}}""")));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\n\t\"a\": \"b \\\" \\\\ \\n ü\",\r\n\"c\":[]}")]
    public void An_object_is_the_text_of_a_string_and_comes_back_from_it(string json)
    {
        var inside = ToolInput.Quoted(Encoding.UTF8.GetBytes(json));

        Assert.Equal(json, JsonSerializer.Deserialize<string>([(byte)'"', .. inside.Span, (byte)'"']));
    }
}
