using System.Text;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Shim.Engines;

public sealed class ChatRequestReaderTests
{
    [Theory]
    [InlineData("", null, 0L)]
    [InlineData(""","seed":null""", null, 0L)]
    [InlineData(""","seed":5""", null, 5L)]
    [InlineData("", 7L, 7L)]
    [InlineData(""","seed":null""", 7L, 7L)]
    [InlineData(""","seed":5""", 7L, 5L)]
    public void The_clients_seed_comes_first_then_the_gateways_then_none(string fields, long? gateways, long seed) =>
        Assert.Equal(seed, Read(fields, new GenerationExtras(gateways)).Seed);

    [Theory]
    [InlineData(""","n":null,"stop":null,"max_tokens":null,"max_completion_tokens":null,"tools":null,"logprobs":null""")]
    [InlineData(""","tools":[],"logprobs":false,"response_format":{"type":"text"}""")]
    public void What_is_null_or_empty_is_as_good_as_absent(string fields)
    {
        var request = Read(fields);

        Assert.Equal((1, null, 0, 0), (request.Choices, request.MaxTokens, request.Stop.Count, request.MoreThanText.Count));
    }

    [Fact]
    public void Continuations_limits_and_stop_strings_are_read()
    {
        var request = Read(""","n":2,"max_tokens":9,"max_completion_tokens":8,"stop":["a","b"]""", new GenerationExtras(Continue: [1, 2]));

        Assert.Equal([1, 2], request.Continue);
        Assert.Equal(["a", "b"], request.Stop);
        Assert.Equal((2, 8), (request.Choices, request.MaxTokens));
        Assert.Equal("hi", Assert.IsType<TextPart>(Assert.Single(Assert.Single(request.Messages).Parts)).Text);
    }

    [Theory]
    [InlineData(""","seed":"five" """, "seed")]
    [InlineData(""","n":9""", "n")]
    [InlineData(""","n":"2" """, "n")]
    [InlineData(""","max_tokens":0""", "max_tokens")]
    [InlineData(""","stop":5""", "stop")]
    public void What_cannot_be_honoured_is_refused_with_the_field_at_fault(string fields, string param)
    {
        var refusal = Assert.Throws<EngineRefusalException>(() => Read(fields));

        Assert.Equal((400, param), (refusal.Status, refusal.Param));
    }

    [Theory]
    [InlineData(""","tools":[{}],"logprobs":true""", "tools,logprobs")]
    [InlineData(""","functions":[{}],"response_format":{"type":"json_object"}""", "functions,response_format")]
    [InlineData(""","response_format":{"type":5}""", "response_format")]
    [InlineData(""","grammar":"root ::= [a-z]","guided_json":{},"top_logprobs":2""", "grammar,guided_json,top_logprobs")]
    [InlineData(""","response_format":{"type":"text"},"tools":[],"logprobs":false,"top_logprobs":0,"format":null""", "")]
    public void What_asks_for_more_than_text_is_named(string fields, string names) =>
        Assert.Equal(names, string.Join(',', Read(fields).MoreThanText));

    private static ChatRequest Read(string fields, GenerationExtras? extras = null) =>
        ChatRequestReader.Read(Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"hi"}]{{fields}}}"""),
            extras ?? new GenerationExtras());
}
