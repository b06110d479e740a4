using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Edge;

public sealed class ProcessRequestTests
{
    private const string Uri = "data:image/png;base64,iVBORw0KGgo=";
    private static readonly string Base64 = Convert.ToBase64String([.. Enumerable.Range(0, 200).Select(i => (byte)i)]);

    [Fact]
    public void Text_becomes_one_message_of_text() => Assert.Equal([("text", "你好")], Parts("text", "你好"));

    [Fact]
    public void Content_that_is_a_data_URI_is_the_picture() => Assert.Equal([("image_url", Uri)], Parts("image", Uri));

    [Fact]
    public void Content_that_is_long_base64_is_the_picture() =>
        Assert.Equal([("image_url", $"data:application/octet-stream;base64,{Base64}")], Parts("image", Base64));

    [Fact]
    public void Content_beside_an_image_is_an_instruction() =>
        Assert.Equal([("text", "What is it?"), ("image_url", Uri)], Parts("image", "What is it?", Uri));

    [Fact]
    public void An_image_may_be_bare_base64() =>
        Assert.Equal([("text", "What is it?"), ("image_url", $"data:application/octet-stream;base64,{Base64}")],
            Parts("image", "What is it?", Base64));

    [Fact]
    public void The_smallest_picture_there_is_is_a_picture_too()
    {
        const string gif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

        Assert.Equal([("text", "What is it?"), ("image_url", $"data:application/octet-stream;base64,{gif}")],
            Parts("image", "What is it?", gif));
    }

    [Fact]
    public void An_instruction_without_a_picture_is_passed_on() => Assert.Equal([("text", "识别图片中的物体")], Parts("image", "识别图片中的物体"));

    [Fact]
    public void An_instruction_of_plain_words_is_no_base64_however_long_it_is()
    {
        foreach (var words in Enumerable.Range(10, 40))
        {
            var instruction = string.Join(' ',
                Enumerable.Range(0, words).Select(i => i % 3 == 0 ? "describe" : i % 3 == 1 ? "the" : "picture"));
            Assert.Equal([("text", instruction)], Parts("image", instruction));
        }
    }

    [Theory]
    [InlineData("""{"content":"x"}""", "missing_field", "type")]
    [InlineData("""{"type":null,"content":"x"}""", "missing_field", "type")]
    [InlineData("""{"type":"text"}""", "missing_field", "content")]
    [InlineData("""{"type":"video","content":"x"}""", "invalid_value", "type")]
    [InlineData("""{"type":5,"content":"x"}""", "invalid_type", "type")]
    [InlineData("""{"type":"text","content":5}""", "invalid_type", "content")]
    [InlineData("""{"type":"image","content":"x","image":5}""", "invalid_type", "image")]
    [InlineData("""{"type":"image","content":"x","image":"no picture at all"}""", "invalid_image", "image")]
    [InlineData("""{"type":"text","type":"image","content":"x"}""", "invalid_json", null)]
    [InlineData("""{"type":"text","content":"\ud800"}""", "invalid_json", null)]
    [InlineData("""{"type":"text","content":"x"} x""", "invalid_json", null)]
    [InlineData("[]", "invalid_json", null)]
    [InlineData("", "invalid_json", null)]
    public void What_is_no_such_form_is_refused(string body, string code, string? param)
    {
        var error = Assert.Throws<ApiException>(() => ProcessRequest.ToChat(Encoding.UTF8.GetBytes(body), () => "m")).Error;

        Assert.Equal((400, code, param), (error.Status, error.Code, error.Param));
    }

    [Fact]
    public void Any_text_reaches_the_chat_request_unchanged() => Gen.String.Where(IsUnicode).Sample(text =>
    {
        Assert.Equal([("text", text)], Parts("text", text));
    }, iter: 500);

    [Fact]
    public void Random_bytes_are_refused_and_never_crash() => Gen.Select(Gen.Byte.Array[0, 12], Gen.Int[0, 60]).Sample((bytes, at) =>
    {
        var body = """{"type":"image","content":"What is it?","image":"data:x"}"""u8.ToArray();
        bytes.CopyTo(body.AsSpan(Math.Min(at, body.Length - bytes.Length)));
        try
        {
            ProcessRequest.ToChat(body, () => "m");
        }
        catch (ApiException refusal)
        {
            Assert.Equal(400, refusal.Error.Status);
        }
    }, iter: 2000);

    private static bool IsUnicode(string text) =>
        text.Equals(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)), StringComparison.Ordinal);

    private static List<(string, string)> Parts(string type, string content, string? image = null)
    {
        byte[] chat = [.. ProcessRequest.ToChat(JsonSerializer.SerializeToUtf8Bytes(new { type, content, image }), () => "qwen \"3\"")
            .SelectMany(p => p.ToArray())];
        Assert.Equal("qwen \"3\"", ChatScan.Read(chat).Model);
        using var document = JsonDocument.Parse(chat);
        var message = Assert.Single(document.RootElement.GetProperty("messages").EnumerateArray());
        Assert.Equal("user", message.GetProperty("role").GetString());
        return [.. message.GetProperty("content").EnumerateArray().Select(part => part.GetProperty("type").GetString() switch
        {
            "text" => ("text", part.GetProperty("text").GetString()!),
            _ => ("image_url", part.GetProperty("image_url").GetProperty("url").GetString()!),
        })];
    }
}
