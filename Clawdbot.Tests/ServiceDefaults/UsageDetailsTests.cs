using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.ServiceDefaults;

public sealed class UsageDetailsTests
{
    [Theory]
    [InlineData("""{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}""", null)]
    [InlineData("""{"prompt_tokens":1,"prompt_tokens_details":{"cached_tokens":0,"image_tokens":7}}""", """{"prompt_tokens_details":{"cached_tokens":0,"image_tokens":7}}""")]
    [InlineData("""{ "a" : { "b" : { "c" : 1 , "note" : "x" } } , "time" : 1.50 , "cost" : 2e-5 }""", """{"a":{"b":{"c":1}},"time":1.50,"cost":2e-5}""")]
    [InlineData("""{"a":"x","b":null,"c":[1],"d":true,"e":{},"f":{"g":"x"}}""", null)]
    [InlineData("""{"prompt_tokens_details":null,"completion_tokens_details":{"reasoning_tokens":null}}""", null)]
    [InlineData("""{"prompt_tokens_details":4,"reasoning_tokens":{"a":1},"cached_tokens":1.5,"image_tokens":-1}""", null)]
    [InlineData("""{"huge":1e999,"long":0.00000000000000000000000000000000001,"a b":1,"\u0022":1,"":1}""", null)]
    [InlineData("""{"\ud83d":1}""", null)]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":{"b":{"c":{"d":{"e":1}}}}}""", null)]
    [InlineData("""{"a":{"prompt_tokens":1}}""", """{"a":{"prompt_tokens":1}}""")]
    [InlineData("[]", null)]
    public void They_are_numbers_and_objects_of_numbers(string usage, string? details) =>
        Assert.Equal(details, UsageDetails.Of(JsonDocument.Parse(usage).RootElement)?.GetRawText());

    [Theory]
    [InlineData(100, true)]
    [InlineData(1_000, false)]
    [InlineData(100_000, false)]
    public void Too_many_are_dropped_as_a_whole(int count, bool pass)
    {
        var usage = JsonSerializer.SerializeToElement(Enumerable.Range(0, count).ToDictionary(i => $"field_{i}", i => i));

        Assert.Equal(pass ? count : null, UsageDetails.Of(usage)?.EnumerateObject().Count());
        Assert.True((UsageDetails.Of(usage)?.GetRawText().Length ?? 0) <= UsageDetails.MostBytes + 2);
    }

    [Theory]
    [InlineData("\"END\"", true)]
    [InlineData("151645", true)]
    [InlineData("\"\"", false)]
    [InlineData("1.5", false)]
    [InlineData("true", false)]
    [InlineData("[1]", false)]
    [InlineData("\"\\ud83d\"", false)]
    public void A_stop_reason_is_a_string_or_an_id(string said, bool isOne) =>
        Assert.Equal(isOne ? said : null, EngineLabel.StopReason(JsonDocument.Parse(said).RootElement)?.GetRawText());

    [Fact]
    public void A_label_is_not_too_long()
    {
        var (longest, longer) = (new string('图', EngineLabel.MostCharacters), new string('x', EngineLabel.MostCharacters + 1));

        Assert.Equal((longest, null), (EngineLabel.Of(JsonSerializer.SerializeToElement(longest)), EngineLabel.Of(JsonSerializer.SerializeToElement(longer))));
        Assert.Null(EngineLabel.StopReason(JsonSerializer.SerializeToElement(longer)));
    }
}
