using Clawdbot.InferenceShim.Engines;
using Microsoft.Extensions.Configuration;

namespace Clawdbot.Tests.Deploy;

/// <summary>The engine images, as far as they can be held without building them.</summary>
public sealed class EngineImageTests
{
    /// <summary>
    /// Flags and variables that the engines know. vLLM: docs.vllm.ai/en/v0.30.0/cli/serve. SGLang: python/sglang/srt/server_args.py@001067f
    /// (flags are its fields' names). llama.cpp: tools/server/README.md@00dc805. Ollama: envconfig/config.go.
    /// </summary>
    private static readonly Dictionary<string, string[]> Known = new()
    {
        ["vllm"] =
        [
            "--host", "--port", "--served-model-name", "--max-model-len", "--max-num-seqs", "--gpu-memory-utilization", "--kv-cache-dtype", "--limit-mm-per-prompt",
            "--mm-processor-kwargs", "--mm-processor-cache-gb", "--shutdown-timeout", "--async-scheduling", "--api-key", "--allowed-media-domains",
        ],
        ["sglang"] = ["--model-path", "--host", "--port", "--served-model-name", "--context-length", "--mem-fraction-static", "--max-running-requests", "--kv-cache-dtype", "--enable-metrics", "--enable-deterministic-inference"],
        ["llamacpp"] = ["--model", "--mmproj", "--host", "--port", "--alias", "--n-gpu-layers", "--ctx-size", "--parallel", "--metrics", "--slots", "--no-webui", "--cache-type-k", "--cache-type-v"],
        ["ollama"] = ["OLLAMA_HOST", "OLLAMA_MODELS", "OLLAMA_NOPRUNE", "OLLAMA_KEEP_ALIVE", "OLLAMA_FLASH_ATTENTION", "OLLAMA_KV_CACHE_TYPE", "OLLAMA_CONTEXT_LENGTH", "OLLAMA_NUM_PARALLEL"],
    };

    public static TheoryData<string> Kinds => [.. EngineImage.Kinds];

    public static TheoryData<string, int> KindsAndCards => [.. from kind in EngineImage.Kinds from card in EngineImage.Cards select (kind, card)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_is_made_from_a_pinned_engine_with_the_shim_as_its_entry_point(string kind)
    {
        var image = new EngineImage(kind);

        var bases = image.Instructions.Where(i => i.Instruction == "FROM").Select(i => i.Words).ToList();
        Assert.Equal("mcr.microsoft.com/dotnet/sdk:10.0 AS shim", bases[0]);
        Assert.Matches(@"^[a-z0-9./-]+:[a-z0-9.-]*\d[a-z0-9.-]*$", bases[1]);
        Assert.Equal(2, bases.Count);
        Assert.Contains("--self-contained -p:PublishReadyToRun=true", image.Only("RUN"), StringComparison.Ordinal);
        Assert.Equal("""["/opt/clawdbot/Clawdbot.InferenceShim"]""", image.Only("ENTRYPOINT"));
        Assert.DoesNotContain(image.Instructions, i => i.Instruction is "CMD");
        Assert.Equal(("8000", "/cache", "CARD=24"), (image.Only("EXPOSE"), image.Only("VOLUME"), image.Only("ARG")));
        Assert.Contains(($"COPY", $"deploy/images/{kind}/cards /opt/clawdbot/cards/"), image.Instructions);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Whatever_is_written_is_written_to_the_volume(string kind)
    {
        var environment = new EngineImage(kind).Environment;

        Assert.Equal((kind, "$CARD", "/cache"), (environment["Engine__Kind"], environment["Engine__Card"], environment["HOME"]));
        string[] caches = kind switch { "vllm" => ["VLLM_CACHE_ROOT", "TRITON_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR"], "sglang" => ["TRITON_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR"], _ => [] };
        Assert.All([.. caches, "XDG_CACHE_HOME", "Engine__Parent__ChecksumCacheFile"], name => Assert.StartsWith("/cache", environment[name], StringComparison.Ordinal));
        Assert.Equal("1", environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"]);
    }

    [Theory]
    [MemberData(nameof(KindsAndCards))]
    public void The_engine_listens_for_its_shim_only_and_is_given_no_flag_that_it_does_not_know(string kind, int gigabytes)
    {
        var (image, card) = (new EngineImage(kind), new EngineImage(kind).Card(gigabytes));
        var address = new Uri(image.Environment["Engine__Address"]);

        if (kind == "ollama")
            Assert.Equal(address.Authority, card["OLLAMA_HOST"]);
        else
            Assert.Equal(address.Authority, $"{card["--host"]}:{card["--port"]}");
        Assert.True(address.IsLoopback);
        Assert.All(card.Command.Where(w => w.StartsWith("--", StringComparison.Ordinal)), flag => Assert.Contains(flag, Known[kind]));
        Assert.All(card.Command.Where(w => w.StartsWith("OLLAMA_", StringComparison.Ordinal)), pair => Assert.Contains(pair.Split('=')[0], Known[kind]));
        Assert.Equal(new EngineImage(kind).Card(24).Command[0], card.Command[0]);
    }

    [Fact]
    public void A_vLLM_that_is_asked_to_stop_is_given_less_time_than_its_parent_waits() =>
        Assert.All(EngineImage.Cards, card => Assert.InRange(new EngineImage("vllm").Card(card).Number("--shutdown-timeout"), 1, 19)); // Engine:Parent:StopSeconds is 20

    [Theory]
    [MemberData(nameof(KindsAndCards))]
    public void The_shim_takes_the_settings_of_the_card_and_what_is_set_elsewhere_goes_before_them(string kind, int gigabytes)
    {
        var image = new EngineImage(kind);
        var configuration = With(("Engine:Card", $"{gigabytes}"));
        configuration.AddCard(image.Folder);

        var options = configuration.GetSection("Engine").Get<EngineOptions>()!;
        Assert.Equal(image.Card(gigabytes).Capacity, options.Capacity);
        Assert.Equal(image.Card(gigabytes).Command, configuration.GetSection("Engine:Command").Get<List<string>>());

        configuration = With(("Engine:Card", $"{gigabytes}"), ("Engine:Capacity", "3"));
        configuration.AddCard(image.Folder);
        Assert.Equal("3", configuration["Engine:Capacity"]);
    }

    [Fact]
    public void A_card_that_there_are_no_settings_for_ends_the_start_in_words()
    {
        var wrong = Assert.Throws<InvalidOperationException>(() => With(("Engine:Card", "32")).AddCard(new EngineImage("vllm").Folder));
        Assert.EndsWith("has settings for 24, 48, 80.", wrong.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => With(("Engine:Card", "../cards/24")).AddCard(new EngineImage("vllm").Folder));
        With().AddCard(new EngineImage("vllm").Folder);
    }

    private static ConfigurationManager With(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value)));
        return configuration;
    }
}
