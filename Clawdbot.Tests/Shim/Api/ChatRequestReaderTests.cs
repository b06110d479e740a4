using System.Text;
using Clawdbot.InferenceShim.Api;
using Clawdbot.InferenceShim.Engines;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Shim.Api;

public sealed class ChatRequestReaderTests
{
    [Theory]
    [InlineData("", 0L)]
    [InlineData(""","seed":null""", 0L)]
    [InlineData(""","seed":5""", 5L)]
    [InlineData(""","clawdbot":{"seed":7}""", 7L)]
    [InlineData(""","clawdbot":{"seed":7},"seed":null""", 7L)]
    [InlineData(""","clawdbot":{"seed":7},"seed":5""", 5L)]
    public async Task The_clients_seed_comes_first_then_the_gateways_then_none(string fields, long seed) =>
        Assert.Equal(seed, (await ReadAsync(fields)).Seed);

    [Theory]
    [InlineData(""","n":null,"stop":null,"max_tokens":null,"max_completion_tokens":null,"tools":null,"logprobs":null""")]
    [InlineData(""","tools":[],"logprobs":false,"response_format":{"type":"text"}""")]
    public async Task What_is_null_or_empty_is_as_good_as_absent(string fields)
    {
        var request = await ReadAsync(fields);

        Assert.Equal((1, null, 0), (request.Choices, request.MaxTokens, request.Stop.Count));
    }

    [Fact]
    public async Task Continuations_limits_and_stop_strings_are_read()
    {
        var request = await ReadAsync(""","clawdbot":{"continue":[1,2]},"n":2,"max_tokens":9,"max_completion_tokens":8,"stop":["a","b"]""");

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
    [InlineData(""","stop":[""]""", "stop")]
    [InlineData(""","stop":5""", "stop")]
    [InlineData(""","tools":[{}]""", "tools")]
    [InlineData(""","response_format":{"type":"json_object"}""", "response_format")]
    [InlineData(""","response_format":{"type":5}""", "response_format")]
    public async Task What_cannot_be_honoured_is_refused_with_the_field_at_fault(string fields, string param)
    {
        var refusal = await Assert.ThrowsAsync<EngineRefusalException>(() => ReadAsync(fields));

        Assert.Equal((400, param), (refusal.Status, refusal.Param));
    }

    private static Task<ChatRequest> ReadAsync(string fields)
    {
        var http = new DefaultHttpContext();
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"hi"}]{{fields}}}"""));
        return ChatRequestReader.ReadAsync(http.Request, TestContext.Current.CancellationToken);
    }
}
