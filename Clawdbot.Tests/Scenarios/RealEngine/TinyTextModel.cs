namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>
/// The text half of a Qwen3-VL of random weights. It says made-up words, with temperature 0 the same ones to the same prompt. It is
/// wide enough that a processor makes some hundred tokens in a second: an answer lasts long enough to be hit.
/// </summary>
internal sealed class TinyTextModel
{
    /// <summary>Values per token, which pictures are turned into too.</summary>
    public const int Width = 128;

    private const int Layers = 4;
    private const int Inner = 2048;
    private const int Heads = 4;
    private const int KeyHeads = 2;
    private const int Head = 32;
    private const uint ContextTokens = 32_768;

    private const string Template = "{% for m in messages %}<|im_start|>{{ m.role }}\n"
        + "{% if m.content is string %}{{ m.content }}{% else %}{% for p in m.content %}"
        + "{% if p.type == 'image' or p.type == 'image_url' %}<|vision_start|><|image_pad|><|vision_end|>"
        + "{% elif p.type == 'text' %}{{ p.text }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    private readonly TinyWeights _weights;
    private readonly TinyVocabulary _words;

    private TinyTextModel(Random random) => (_weights, _words) = (new TinyWeights(random), new TinyVocabulary(random));

    /// <summary>Writes it.</summary>
    /// <param name="path">Of the GGUF file.</param>
    /// <param name="seed">The same one gives the same model.</param>
    public static void Write(string path, int seed)
    {
        var model = new TinyTextModel(new Random(seed));
        var file = new GgufWriter();
        Describe(file);
        model.DescribeTokens(file);
        file.Add(model.Ends());
        file.Add(Enumerable.Range(0, Layers).SelectMany(model.Layer));
        file.Write(path);
    }

    private static void Describe(GgufWriter file)
    {
        file.Set("general.architecture", "qwen3vl");
        file.Set("general.name", "tiny-qwen3-vl-random");
        file.Set("general.file_type", 0u);
        file.Set("qwen3vl.context_length", ContextTokens);
        file.Set("qwen3vl.embedding_length", (uint)Width);
        file.Set("qwen3vl.block_count", (uint)Layers);
        file.Set("qwen3vl.feed_forward_length", (uint)Inner);
        file.Set("qwen3vl.attention.head_count", (uint)Heads);
        file.Set("qwen3vl.attention.head_count_kv", (uint)KeyHeads);
        file.Set("qwen3vl.attention.key_length", (uint)Head);
        file.Set("qwen3vl.attention.value_length", (uint)Head);
        file.Set("qwen3vl.attention.layer_norm_rms_epsilon", 1e-6f);
        file.Set("qwen3vl.rope.freq_base", 5e6f);
        file.Set("qwen3vl.rope.dimension_sections", new[] { 6, 5, 5, 0 });
        file.Set("qwen3vl.n_deepstack_layers", 1u);
    }

    private void DescribeTokens(GgufWriter file)
    {
        file.Set("tokenizer.ggml.model", "gpt2");
        file.Set("tokenizer.ggml.pre", "qwen2");
        file.Set("tokenizer.ggml.tokens", _words.Tokens.ToArray());
        file.Set("tokenizer.ggml.token_type", _words.Kinds);
        file.Set("tokenizer.ggml.merges", _words.Merges.ToArray());
        file.Set("tokenizer.ggml.eos_token_id", _words.Id(TinyVocabulary.End));
        file.Set("tokenizer.ggml.padding_token_id", _words.Id(TinyVocabulary.Padding));
        file.Set("tokenizer.ggml.bos_token_id", _words.Id(TinyVocabulary.Padding));
        file.Set("tokenizer.ggml.add_bos_token", false);
        file.Set("tokenizer.chat_template", Template);
    }

    /// <summary>
    /// From tokens to the first layer, and from the last one to tokens: words are likely, bytes and beginnings of words are not.
    /// </summary>
    private IEnumerable<GgufTensor> Ends() =>
    [
        _weights.Random("token_embd.weight", 1, Width, _words.Tokens.Count),
        TinyWeights.Constant("output_norm.weight", 1, Width),
        _weights.Rows("output.weight", 0.9, Width, _words.Tokens.Count, row => _words.IsLikely(_words.Tokens[row])),
    ];

    private IEnumerable<GgufTensor> Layer(int number) =>
    [
        TinyWeights.Constant($"blk.{number}.attn_norm.weight", 1, Width),
        _weights.Random($"blk.{number}.attn_q.weight", 0.12, Width, Heads * Head),
        _weights.Random($"blk.{number}.attn_k.weight", 0.12, Width, KeyHeads * Head),
        _weights.Random($"blk.{number}.attn_v.weight", 0.12, Width, KeyHeads * Head),
        _weights.Random($"blk.{number}.attn_output.weight", 0.2, Heads * Head, Width),
        TinyWeights.Constant($"blk.{number}.attn_k_norm.weight", 1, Head),
        TinyWeights.Constant($"blk.{number}.attn_q_norm.weight", 1, Head),
        TinyWeights.Constant($"blk.{number}.ffn_norm.weight", 1, Width),
        _weights.Random($"blk.{number}.ffn_gate.weight", 0.1, Width, Inner),
        _weights.Random($"blk.{number}.ffn_up.weight", 0.1, Width, Inner),
        _weights.Random($"blk.{number}.ffn_down.weight", 0.1, Inner, Width),
    ];
}
