using System.Text.Json;

namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>What clients ask for, answered by real servers of llama.cpp.</summary>
public sealed class LlamaAnswerTests(SharedLlamaFleet shared) : IClassFixture<SharedLlamaFleet>
{
    private const int Tokens = 60;

    private LlamaFleet Fleet => shared.Fleet;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Text_and_pictures_are_answered(bool stream)
    {
        var text = await Fleet.Chat.AskAsync(LlamaQuestions.Of("What is this?", null, stream, Tokens));
        var red = await Fleet.Chat.AskAsync(LlamaQuestions.Of("What is this?", LlamaQuestions.Red, stream, Tokens));
        var green = await Fleet.Chat.AskAsync(LlamaQuestions.Of("What is this?", LlamaQuestions.Green, stream, Tokens));

        Assert.All([text, red, green], a => Assert.True(a is { Status: 200, Whole: true, Finish: "length", CompletionTokens: Tokens }
            and { RoleDeltas: 1, Ids: 1, Attempts: 1, Approximate: false }, $"{a}"));
        Assert.Equal(3, new[] { text.Text, red.Text, green.Text }.Distinct().Count());
        Assert.True(red.PromptTokens > text.PromptTokens, $"{red.PromptTokens} prompt tokens with a picture, {text.PromptTokens} without");
    }

    [Fact]
    public async Task A_stream_says_the_same_as_a_plain_answer()
    {
        var plain = await Fleet.Chat.AskAsync(LlamaQuestions.Of("What are you? 🦀", null, stream: false, Tokens));
        var streamed = await Fleet.Chat.AskAsync(LlamaQuestions.Of("What are you? 🦀", null, stream: true, Tokens));

        Assert.Equal(plain.Content, streamed.Content);
    }

    [Fact]
    public async Task Log_probabilities_come_with_every_token_streamed_and_plain()
    {
        const string More = ",\"max_tokens\":20,\"temperature\":0,\"ignore_eos\":true,\"logprobs\":true,\"top_logprobs\":2";
        var (status, plain) = await Fleet.SendAsync(LlamaFleet.Body("hello", More));
        var chunks = await Fleet.ChunksAsync(LlamaFleet.Body("hello", More, stream: true));

        Assert.Equal(200, status);
        var choice = plain.GetProperty("choices")[0];
        var tokens = Tokens(choice).ToList();
        Assert.Equal(20, tokens.Count);
        Assert.Equal(choice.GetProperty("message").GetProperty("content").GetString(), string.Concat(tokens));
        Assert.Equal(tokens, Choices(chunks).SelectMany(Tokens));
        Assert.All(choice.GetProperty("logprobs").GetProperty("content").EnumerateArray(),
            t => Assert.Equal(2, t.GetProperty("top_logprobs").GetArrayLength()));

        static IEnumerable<string> Tokens(JsonElement choice) =>
            choice.TryGetProperty("logprobs", out var told) && told.ValueKind == JsonValueKind.Object
                ? told.GetProperty("content").EnumerateArray().Select(t => t.GetProperty("token").GetString()!)
                : [];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_keeps_to_its_schema(bool stream)
    {
        const string More = """
            ,"max_tokens":400,"response_format":{"type":"json_schema","json_schema":{"name":"verdict","strict":true,
            "schema":{"type":"object","properties":{"is":{"type":"boolean"},"how":{"enum":["well","ill"]}},
            "required":["is","how"],"additionalProperties":false}}}
            """;
        var answer = await Fleet.Chat.AskAsync("Is it?", stream, more: More);

        Assert.True(answer is { Status: 200, Whole: true, Finish: "stop" }, $"{answer}");
        var said = JsonElement.Parse(answer.Text);
        Assert.True(said.GetProperty("is").ValueKind is JsonValueKind.True or JsonValueKind.False);
        Assert.Contains(said.GetProperty("how").GetString(), (string[])["well", "ill"]);
    }

    [Fact]
    public async Task A_tool_is_called_streamed_and_plain()
    {
        const string More = """
            ,"max_tokens":400,"tool_choice":"required","tools":[{"type":"function","function":{"name":"look","description":"Looks.",
            "parameters":{"type":"object","properties":{"where":{"enum":["north","south"]}},"required":["where"]}}}]
            """;
        var (status, plain) = await Fleet.SendAsync(LlamaFleet.Body("Look.", More));
        var chunks = await Fleet.ChunksAsync(LlamaFleet.Body("Look.", More, stream: true));

        Assert.Equal(200, status);
        var choice = plain.GetProperty("choices")[0];
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        var call = Assert.Single(choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray()).GetProperty("function");
        IsCall(call.GetProperty("name").GetString()!, call.GetProperty("arguments").GetString()!);

        Assert.Equal("tool_calls", Choices(chunks).Select(c => c.GetProperty("finish_reason").GetString()).Last(r => r is not null));
        var parts = Choices(chunks).Select(c => c.GetProperty("delta"))
            .SelectMany(d => d.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray() : default)
            .Select(c => c.GetProperty("function")).ToList();
        IsCall(All(parts, "name"), All(parts, "arguments"));

        static string All(List<JsonElement> parts, string name) =>
            string.Concat(parts.Select(p => p.TryGetProperty(name, out var part) ? part.GetString() : ""));

        static void IsCall(string name, string arguments)
        {
            Assert.Equal("look", name);
            Assert.Contains(JsonElement.Parse(arguments).GetProperty("where").GetString(), (string[])["north", "south"]);
        }
    }

    private static IEnumerable<JsonElement> Choices(IEnumerable<JsonElement> chunks) =>
        chunks.SelectMany(c => c.GetProperty("choices").EnumerateArray());
}
