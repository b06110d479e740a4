using System.Text.Json;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What engines say beside the text reaches the client: labels, what stopped a choice, usage with its details, token ids.</summary>
[Collection(ContinuationFleetGroup.Name)]
public sealed class BesideTextTests(ContinuationFleets fleets)
{
    private const string Stop = "\"。\\n\\\"\"";
    private const string Ids = ""","return_token_ids":true""";

    /// <summary>What may pass of the usage that the fakes send.</summary>
    private const string Details = ""","prompt_tokens_details":{"cached_tokens":1000,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2,"accepted_prediction_tokens":1},"queue_time":0.25}""";

    [Theory]
    [InlineData("openai", true)]
    [InlineData("openai", false)]
    [InlineData("vllm", true)]
    [InlineData("vllm", false)]
    [InlineData("sglang", true)]
    [InlineData("sglang", false)]
    [InlineData("llamacpp", true)]
    [InlineData("llamacpp", false)]
    public async Task It_reaches_the_client(string kind, bool stream)
    {
        await using var chain = await EngineChain.StartAsync(kind, WireForm.MoreThanText);
        foreach (var direct in (bool[])[false, true])
        {
            var answer = await chain.AskAsync(stream, direct: direct);
            Assert.All(answer, part => Assert.Equal("default", part.GetProperty("service_tier").GetString()));
            Assert.StartsWith("fp_", Assert.Single(answer.Select(p => p.GetProperty("system_fingerprint").GetString()).Distinct()), StringComparison.Ordinal);
            var end = answer.SelectMany(p => p.GetProperty("choices").EnumerateArray()).Single(c => c.GetProperty("finish_reason").ValueKind != JsonValueKind.Null);
            Assert.Equal(JsonDocument.Parse(Stop).RootElement.GetString(), end.GetProperty("stop_reason").GetString());
            var usage = answer[^1].GetProperty("usage").GetRawText();
            Assert.EndsWith(Details, usage, StringComparison.Ordinal);
            Assert.StartsWith(kind == "vllm" ? """{"prompt_tokens":6,"completion_tokens":25,""" : """{"prompt_tokens":5,"completion_tokens":12,""", usage, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_answer_that_is_asked_for_again_by_its_key_has_it_too()
    {
        await using var chain = await EngineChain.StartAsync("openai", WireForm.MoreThanText);
        foreach (var stream in (bool[])[true, false])
        {
            var (first, again) = (await chain.AskAsync(stream, key: $"key-{stream}"), await chain.AskAsync(stream, key: $"key-{stream}"));
            Assert.EndsWith(Details, first[^1].GetProperty("usage").GetRawText(), StringComparison.Ordinal);
            Assert.Equal(first.Select(p => p.GetRawText()), again.Select(p => p.GetRawText()));
        }
    }

    [Fact]
    public async Task An_engine_that_says_nothing_of_it_adds_nothing()
    {
        await using var chain = await EngineChain.StartAsync("ollama");
        foreach (var stream in (bool[])[true, false])
        {
            var answer = await chain.AskAsync(stream);
            Assert.Equal("""{"prompt_tokens":5,"completion_tokens":12,"total_tokens":17}""", answer[^1].GetProperty("usage").GetRawText());
            Assert.DoesNotContain(answer, p => p.TryGetProperty("system_fingerprint", out _) || p.TryGetProperty("service_tier", out _));
            Assert.DoesNotContain("stop_reason", string.Concat(answer.Select(p => p.GetRawText())), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Token_ids_are_for_those_who_asked(bool stream)
    {
        await using var chain = await EngineChain.StartAsync("vllm");
        foreach (var direct in (bool[])[false, true])
        {
            var (plain, asked) = (await chain.AskAsync(stream, direct: direct), await chain.AskAsync(stream, Ids, direct));
            Assert.DoesNotContain("token_ids", string.Concat(plain.Select(p => p.GetRawText())), StringComparison.Ordinal);
            var ids = asked.SelectMany(p => p.GetProperty("choices").EnumerateArray())
                .SelectMany(c => c.TryGetProperty("token_ids", out var list) ? list.EnumerateArray() : []).ToList();
            Assert.Equal(asked[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32(), ids.Count);
            Assert.Equal(6, asked[0].GetProperty("prompt_token_ids").GetArrayLength());
            Assert.Equal(Text(plain), Text(asked));
        }
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "")]
    [InlineData(true, ""","logprobs":true""")]
    [InlineData(false, ""","logprobs":true""")]
    public async Task Tokens_are_counted_also_where_the_engine_tells_none(bool stream, string more)
    {
        await using var chain = await EngineChain.StartAsync("openai", WireForm.NoUsage);
        foreach (var direct in (bool[])[false, true])
        {
            var answer = await chain.AskAsync(stream, more, direct);
            Assert.Equal(12, answer[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        }
    }

    [Fact]
    public async Task Behind_a_seam_the_labels_are_the_first_ones_and_no_detail_is_more_than_it_is_part_of()
    {
        var fleet = await fleets.ByTextAsync();
        try
        {
            fleet.Engines.ForEach(e => e.Form = WireForm.MoreThanText);
            var undisturbed = await AskAsync(fleet);
            for (var cut = 2; cut < 12; cut++)
            {
                fleet.Script.Enqueue(new Disturbance.Cut(cut));
                var answer = await AskAsync(fleet);
                var usage = answer[^1].GetProperty("usage");
                Assert.True(answer[^1].GetProperty("clawdbot").GetProperty("approximate").GetBoolean(), $"cut {cut}");
                Assert.Single(answer.Select(p => p.GetProperty("system_fingerprint").GetString()).Distinct());
                Assert.Equal(Counts(undisturbed[^1].GetProperty("usage")), Counts(usage));
                if (cut == 11)
                {
                    Assert.False(usage.TryGetProperty("completion_tokens_details", out _)); // nothing was left to generate
                    continue;
                }
                Assert.Equal((5, 2), (usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32(),
                    usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32()));
            }
        }
        finally
        {
            fleet.Engines.ForEach(e => e.Form = WireForm.AsItIs);
        }
    }

    private static async Task<List<JsonElement>> AskAsync(ContinuationFleet fleet)
    {
        await fleet.SettledAsync();
        return EngineChain.Read(await EngineChain.PostAsync(fleet.Gateway.Http, ChatClient.Body("\"hi\"", true, 3, ",\"max_tokens\":10", OpenAiFake.Model)));
    }

    private static (int Prompt, int Completion, int Total) Counts(JsonElement usage) => (usage.GetProperty("prompt_tokens").GetInt32(),
        usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32());

    private static string Text(IEnumerable<JsonElement> answer) => string.Concat(answer
        .SelectMany(p => p.GetProperty("choices").EnumerateArray())
        .Select(c => c.TryGetProperty("delta", out var part) || c.TryGetProperty("message", out part) ? part : default)
        .Select(p => p.TryGetProperty("content", out var text) ? text.GetString() : ""));
}
