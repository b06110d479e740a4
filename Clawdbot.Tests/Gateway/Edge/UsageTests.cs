using System.Buffers;
using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Gateway.Forwarding;

namespace Clawdbot.Tests.Gateway.Edge;

public sealed class UsageTests
{
    private const string Told = """{"prompt_tokens_details":{"cached_tokens":90},"completion_tokens_details":{"reasoning_tokens":80},"num_cached_tokens":90,"reasoning_tokens":1,"total_time":500.5}""";

    [Fact]
    public void What_one_attempt_made_alone_is_as_its_engine_says() => Assert.Equal(
        $$$"""{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12,{{{Told[1..]}}}""", Written(Told, given: 0));

    [Fact]
    public void What_an_attempt_only_continued_is_never_more_than_prompt_and_answer_have() => Assert.Equal(
        """{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":7},"num_cached_tokens":5,"reasoning_tokens":1,"total_time":500.5}""",
        Written(Told, given: 3));

    [Theory]
    [InlineData("""{"prompt_tokens":900,"total_tokens":901}""")]
    [InlineData("""{"note":"text","list":[1],"flag":true,"none":null}""")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    public void What_a_shim_may_not_add_is_not_added(string told) =>
        Assert.Equal("""{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}""", Written(told, given: 0));

    [Fact]
    public void An_answer_that_is_started_over_has_nothing_of_what_was_said_before()
    {
        var extras = new AnswerExtras(wantsIds: true);
        extras.Began(new GenerationStart("i", "i", "m", 1) { SystemFingerprint = "fp", ServiceTier = new string('x', 257), PromptTokenIds = [1, 2] });
        extras.Ended(new GenerationFinish(1, "stop") { StopReason = JsonSerializer.SerializeToElement("END") }, 0);
        Assert.Equal(""","system_fingerprint":"fp","stop_reason":"END","prompt_token_ids":[1,2]""", Written(extras));
        extras.Clear();

        Assert.Equal("", Written(extras));
    }

    [Fact]
    public void Ids_of_the_prompt_are_only_for_those_who_asked()
    {
        var extras = new AnswerExtras(wantsIds: false);
        extras.Began(new GenerationStart("i", "i", "m", 1) { PromptTokenIds = [1, 2] });

        Assert.Equal("", Written(extras));
    }

    private static string Written(AnswerExtras extras)
    {
        var output = new ArrayBufferWriter<byte>();
        extras.WriteLabels(output);
        extras.WriteStopReason(output, 0);
        extras.WriteStopReason(output, 1);
        extras.WritePromptIds(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Written(string told, int given)
    {
        var response = SomeResponse.Of(SomeResponse.Request());
        response.Extras.Ended(new GenerationFinish(0, "stop") { UsageDetails = JsonDocument.Parse(told).RootElement }, given);
        response.Finished(0, "stop", null, 7);
        var output = new ArrayBufferWriter<byte>();
        Usage.Write(output, response);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
