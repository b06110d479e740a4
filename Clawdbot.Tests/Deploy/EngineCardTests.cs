namespace Clawdbot.Tests.Deploy;

/// <summary>
/// Whether the model, its cache and what it works with fit the smallest card of each size. Qwen3-VL-30B-A3B: 48 layers, 4 KV heads of 128:
/// 96 KiB of cache for a token in BF16, 51 KiB in q8_0; weights by their shapes. None of it was run on a card.
/// </summary>
public sealed class EngineCardTests(ITestOutputHelper output)
{
    private const double Bf16 = 96.0 / (1 << 20); // GiB of a token
    private const double Q8 = 51.0 / (1 << 20);

    /// <summary>GiB that the driver shows: L4 and A10; L40S; H100 and A100.</summary>
    private static readonly Dictionary<int, double> Shown = new() { [24] = 22.0, [48] = 45.0, [80] = 79.6 };

    /// <summary>GiB for activations, graphs and the pictures' encoder.</summary>
    private static readonly Dictionary<int, double> Work = new() { [24] = 2.0, [48] = 2.8, [80] = 3.0 };

    /// <summary>GiB of weights: AWQ with groups of 128, FP8, BF16.</summary>
    private static readonly Dictionary<int, double> Weights = new() { [24] = 16.7, [48] = 30.0, [80] = 57.9 };

    public static TheoryData<int> Cards => [.. EngineImage.Cards];

    [Theory]
    [MemberData(nameof(Cards))]
    public void VLlm_fits(int gigabytes)
    {
        var card = new EngineImage("vllm").Card(gigabytes);
        var tokens = (card.Number("--gpu-memory-utilization") * Shown[gigabytes] - Weights[gigabytes] - Work[gigabytes]) / Bf16;

        Fits(card, tokens, card.Number("--max-model-len"), card.Number("--max-num-seqs"));
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void SgLang_fits(int gigabytes)
    {
        var card = new EngineImage("sglang").Card(gigabytes);
        var taken = card.Number("--mem-fraction-static") * Shown[gigabytes]; // weights and cache

        Assert.True(taken + Work[gigabytes] <= Shown[gigabytes], $"{Shown[gigabytes] - taken:0.0} GiB are left to work with; {Work[gigabytes]} are wanted.");
        Fits(card, (taken - Weights[gigabytes]) / Bf16, card.Number("--context-length"), card.Number("--max-running-requests"));
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void LlamaCpp_fits(int gigabytes)
    {
        var card = new EngineImage("llamacpp").Card(gigabytes);
        var tokens = card.Number("--ctx-size"); // of all slots together, taken at the start

        Taken(gigabytes, 18.0 + tokens * Bf16);
        Assert.Equal(8192, tokens / card.Number("--parallel"));
        Assert.Equal(card.Capacity, card.Number("--parallel"));
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void Ollama_fits(int gigabytes)
    {
        var card = new EngineImage("ollama").Card(gigabytes);

        Assert.Equal(("q8_0", "1"), (card["OLLAMA_KV_CACHE_TYPE"], card["OLLAMA_FLASH_ATTENTION"])); // the one needs the other
        Taken(gigabytes, 18.6 + card.Number("OLLAMA_CONTEXT_LENGTH") * card.Number("OLLAMA_NUM_PARALLEL") * Q8);
        Assert.Equal((card.Capacity, card.ContextTokens), ((int)card.Number("OLLAMA_NUM_PARALLEL"), (int)card.Number("OLLAMA_CONTEXT_LENGTH")));
    }

    private void Taken(int gigabytes, double gibibytes)
    {
        output.WriteLine($"{gibibytes:0.0} of {Shown[gigabytes]} GiB for weights and cache");
        Assert.True(gibibytes + Work[gigabytes] <= Shown[gigabytes], $"{gibibytes:0.0} GiB leave {Shown[gigabytes] - gibibytes:0.0} to work with; {Work[gigabytes]} are wanted.");
    }

    private void Fits(EngineCard card, double tokens, double longest, double requests)
    {
        output.WriteLine($"room for {tokens:0} tokens: {tokens / 2000:0.0} requests of 2000, {tokens / longest:0.0} of {longest}");
        Assert.True(tokens >= longest, $"One request of {longest} tokens does not fit into {tokens:0}.");
        Assert.InRange(requests * 2000, tokens * 0.6, tokens);
        Assert.Equal(card.Capacity, requests);
    }
}
