using System.Text.Json;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.InferenceShim.Engines.LlamaCpp;

namespace Clawdbot.Tests.Shim.Engines.LlamaCpp;

/// <summary>llama.cpp's slots and metrics, of new and of old builds.</summary>
public sealed class LlamaCppLoadTests
{
    private const string Metrics = "llamacpp:prompt_tokens_total 30\nllamacpp:requests_processing 1\nllamacpp:requests_deferred 2\n";

    private readonly LlamaCppLoad _load = new();

    [Fact]
    public void Tokens_are_counted_while_they_are_generated_and_never_twice()
    {
        Assert.Equal(0, Generated("""{"id":0,"is_processing":false},{"id":1,"is_processing":false}"""));
        Assert.Equal(4, Generated(Slot(0, 7, 4)));
        Assert.Equal(9, Generated(Slot(0, 7, 9), Slot(1, 8, 0)));
        Assert.Equal(12, Generated(Slot(0, 7, 10, "false"), Slot(1, 8, 2))); // one ended
        Assert.Equal(12, Generated(Slot(0, 9, 10), Slot(1, 8, 2))); // a new task that has not begun shows the old one's count
        Assert.Equal(12, Generated(Slot(0, 9, 0), Slot(1, 8, 2)));
        Assert.Equal(15, Generated(Slot(0, 9, 3), Slot(1, 8, 2)));
        Assert.Equal(16, Generated(Slot(0, 10, 1), Slot(1, 8, 2))); // it was not looked at in between
    }

    [Fact]
    public void Old_builds_have_one_object_for_the_next_token_and_say_how_full_the_cache_is_elsewhere()
    {
        const string Old = """{"id":0,"id_task":3,"n_ctx":100,"is_processing":true,"next_token":{"n_decoded":6}}""";

        Assert.Equal(new EngineLoad(1, 2, null, null, 6), Of(Metrics, Old));
        Assert.Equal(new EngineLoad(1, 2, 0.5, null, 6), Of(Metrics + "llamacpp:kv_cache_usage_ratio 0.5\n", Old));
    }

    [Fact]
    public void Only_what_runs_fills_the_cache_and_what_was_found_there_is_told_apart_from_what_was_not() =>
        Assert.Equal(new EngineLoad(1, 2, 50 / 200.0, 0.25, 4),
            Of(Metrics + "llamacpp:prompt_tokens_cached_total 10\n", Slot(0, 1, 4), Slot(1, 1, 0, "false")));

    [Fact]
    public void A_prompt_is_counted_batch_by_batch_while_it_is_read_and_by_old_builds_not_at_all()
    {
        long? Read(params (int Task, int Tokens)[] slots) => Of(Metrics, [.. slots.Select((s, i) =>
            $$"""{"id":{{i}},"id_task":{{s.Task}},"n_ctx":100,"is_processing":true,"n_prompt_tokens_processed":{{s.Tokens}},"next_token":[{"n_decoded":0}]}""")]).PromptTokens;

        Assert.Null(Of(Metrics, Slot(0, 7, 4)).PromptTokens);
        Assert.Equal((512, 1024, 1034, 1034), (Read((7, 512)), Read((7, 1024)), Read((7, 1024), (8, 10)), Read((7, 1024), (8, 10))));
        Assert.Equal(1054, Read((9, 20), (8, 10)));
    }

    [Theory]
    [InlineData("[]", "llamacpp:requests_processing 1")]
    [InlineData("{}", Metrics)]
    public void What_does_not_say_it_is_no_load(string slots, string metrics)
    {
        using var document = JsonDocument.Parse(slots);

        Assert.Throws<EngineFailureException>(() => _load.Of(document.RootElement, new MetricsText(metrics)));
    }

    private static string Slot(int id, int task, int decoded, string isProcessing = "true") =>
        $$"""{"id":{{id}},"id_task":{{task}},"n_ctx":100,"is_processing":{{isProcessing}},"n_prompt_tokens":50,"next_token":[{"n_remain":-1,"n_decoded":{{decoded}}}]}""";

    private long? Generated(params string[] slots) => Of(Metrics, slots).TokensGenerated;

    private EngineLoad Of(string metrics, params string[] slots)
    {
        using var document = JsonDocument.Parse($"[{string.Join(',', slots)}]");
        return _load.Of(document.RootElement, new MetricsText(metrics));
    }
}
