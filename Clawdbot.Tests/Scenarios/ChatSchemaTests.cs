using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Answers of every adapter, through a gateway and from the shim itself, hold to OpenAI's published schema.</summary>
public sealed class ChatSchemaTests(ITestOutputHelper output)
{
    private const string Tools = ""","tools":[{"type":"function","function":{"name":"look","parameters":{}}}]""";
    private const string Logprobs = ""","logprobs":true""";
    private const string Choices = ""","n":2""";

    [Theory]
    [InlineData("embedded", WireForm.AsItIs, "", Choices)]
    [InlineData("openai", WireForm.AsItIs, "", Tools, Logprobs, Choices)]
    [InlineData("openai", WireForm.MoreThanText, "", Tools, Logprobs, Choices)]
    [InlineData("openai", WireForm.NoUsage, "", Tools, Logprobs, Choices)]
    [InlineData("vllm", WireForm.AsItIs, "", Choices, ""","return_token_ids":true""")]
    [InlineData("vllm", WireForm.MoreThanText, "", Choices, ""","return_token_ids":true""")]
    [InlineData("sglang", WireForm.AsItIs, "", Tools, Logprobs, Choices)]
    [InlineData("sglang", WireForm.MoreThanText, "", Tools, Logprobs, Choices)]
    [InlineData("llamacpp", WireForm.AsItIs, "", Tools, Logprobs)]
    [InlineData("llamacpp", WireForm.MoreThanText, "", Tools, Logprobs)]
    [InlineData("ollama", WireForm.AsItIs, "", Tools, Logprobs)]
    public async Task Answers_have_what_the_schema_requires(string kind, WireForm form, params string[] asks)
    {
        await using var chain = await EngineChain.StartAsync(kind, form);
        var faults = new List<string>();
        foreach (var (ask, direct) in asks.SelectMany(a => new[] { (a, false), (a, true) }))
        {
            var how = $"{(direct ? "from the shim" : "through the gateway")}{ask}: ";
            var chunks = await chain.AskAsync(stream: true, ask, direct);
            faults.AddRange(ChatSchema.FaultsOf(chunks, withUsage: true).Select(f => $"{how}streamed: {f}"));
            faults.AddRange(ChatSchema.FaultsOf(Assert.Single(await chain.AskAsync(stream: false, ask, direct))).Select(f => $"{how}plain: {f}"));
            output.WriteLine($"{how}{chunks.Count} chunks");
        }
        Assert.Empty(faults.Distinct());
    }
}
