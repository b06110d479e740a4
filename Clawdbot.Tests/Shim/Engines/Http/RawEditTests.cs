using System.Text;
using System.Text.Json.Nodes;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;
using CsCheck;

namespace Clawdbot.Tests.Shim.Engines.Http;

public sealed class RawEditTests
{
    private static readonly string[] Names = ["a", "messages", "max_tokens", "图", "with \"quotes\""];
    private static readonly Gen<string> White = Gen.OneOf("", " ", "\r\n\t ");
    private static readonly Gen<string> Values = Gen.OneOf("1", "-0e0", "null", "\"{\\\"a\\\":[\\u0041]}🦞\"", "[ ]", "[1 , {\"a\":2}]",
        "{\"messages\":[{}]}", "true");

    private static readonly Gen<string> Objects = Gen.Select(
        White,
        Gen.Select(Gen.Int[0, Names.Length - 1], White, Values, White).Array[0, 5],
        (white, fields) => $"{white}{{{white}{string.Join(',', fields.DistinctBy(f => f.Item1).Select(Field))}}}{white}");

    [Fact]
    public Task Fields_are_set_and_removed_and_everything_else_stays() =>
        Gen.Select(Objects, Gen.Select(Gen.Int[0, Names.Length - 1], Gen.Null(Values)).Array[0, 4]).SampleAsync(async (json, edits) =>
        {
            var expected = JsonNode.Parse(json)!.AsObject();
            var edit = new RawEdit(Raw(json));
            foreach (var (name, value) in edits)
            {
                _ = value is null ? edit.Remove(Names[name]) : edit.Set(Names[name], value);
                if (value is null)
                    expected.Remove(Names[name]);
                else
                    expected[Names[name]] = JsonNode.Parse(value);
            }

            var sent = await SentAsync(edit);
            Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(sent)), $"{json} became {sent} instead of {expected.ToJsonString()}");
        }, iter: 2000);

    [Theory]
    [InlineData("""{"messages":[]}""", """{"messages":[{"role":"x"}]}""")]
    [InlineData("""{"messages":[ ] }""", """{"messages":[ {"role":"x"}]}""")]
    [InlineData("""{"a":1, "messages" : [{"messages":[1]}, 2 ],"b":"]"}""",
        """{"a":1,"messages" : [{"messages":[1]}, 2 ,{"role":"x"}],"b":"]"}""")]
    [InlineData("""{"messages":"none"}""", """{"messages":"none"}""")]
    [InlineData("{}", "{}")]
    public async Task A_message_is_appended_to_the_messages(string json, string expected) =>
        Assert.Equal(expected, await SentAsync(new RawEdit(Raw(json)).Append("""{"role":"x"}""")));

    [Fact]
    public async Task What_stays_is_byte_for_byte_what_came() =>
        Assert.Equal("""{"a" : 1.50e+0,"c":"\u0041/\/","b":2}""",
            await SentAsync(new RawEdit(Raw("""{ "a" : 1.50e+0 , "b":1,"c":"\u0041/\/" }""")).Set("b", 2)));

    [Fact]
    public async Task Of_a_field_that_stands_twice_none_survives_and_the_last_one_is_read()
    {
        var raw = Raw("""{"a":1,"b":0,"a":2}""");

        Assert.Equal(2, raw.Number("a"));
        Assert.Equal("""{"b":0,"a":3}""", await SentAsync(new RawEdit(raw).Set("a", 3)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1} x")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"\\ud800\":1}")]
    public void What_is_no_object_is_refused(string json) =>
        Assert.Equal("invalid_json", Assert.Throws<EngineRefusalException>(() => Raw(json)).Code);

    [Fact]
    public void Values_are_read()
    {
        var raw = Raw("""{"n":3,"half":0.5,"text":"3","nothing":null,"no":false}""");

        Assert.Equal(3, raw.Number("n"));
        Assert.All((string[])["half", "text", "nothing", "absent"], name => Assert.Null(raw.Number(name)));
        Assert.True(raw.Has("n") && raw.Has("no") && !raw.Has("nothing") && !raw.Has("absent"));
    }

    private static RawObject Raw(string json) => new(Encoding.UTF8.GetBytes(json));

    private static async Task<string> SentAsync(RawEdit edit)
    {
        using var content = edit.ToContent();
        var sent = await content.ReadAsByteArrayAsync();
        Assert.Equal(sent.Length, content.Headers.ContentLength);
        return Encoding.UTF8.GetString(sent);
    }

    private static string Field((int Name, string Before, string Value, string Inside) field) =>
        $"{field.Before}{JsonValue.Create(Names[field.Name]).ToJsonString()}{field.Before}:{field.Inside}{field.Value}{field.Inside}";
}
