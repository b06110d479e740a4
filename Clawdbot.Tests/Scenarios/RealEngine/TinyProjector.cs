namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>
/// The vision half of the same model: patches of a picture become tokens, and one of its layers reaches into the text model (deepstack).
/// </summary>
internal sealed class TinyProjector
{
    private const int Width = 64;
    private const int Inner = 128;
    private const int Layers = 2;
    private const int Heads = 4;
    private const int Patch = 16;
    private const int Side = 48; // patches of the largest picture that positions are known for
    private const int Merge = 2;
    private const int Merged = Width * Merge * Merge;

    private readonly TinyWeights _weights;

    private TinyProjector(Random random) => _weights = new TinyWeights(random);

    /// <summary>Writes it.</summary>
    /// <param name="path">Of the GGUF file.</param>
    /// <param name="seed">The same one gives the same projector.</param>
    public static void Write(string path, int seed)
    {
        var model = new TinyProjector(new Random(seed));
        var file = new GgufWriter();
        Describe(file);
        file.Add(model.Patches());
        file.Add(model.Projections());
        file.Add(Enumerable.Range(0, Layers).SelectMany(model.Layer));
        file.Write(path);
    }

    private static void Describe(GgufWriter file)
    {
        file.Set("general.architecture", "clip");
        file.Set("general.name", "tiny-qwen3-vl-random");
        file.Set("general.file_type", 0u);
        file.Set("clip.has_vision_encoder", true);
        file.Set("clip.projector_type", "qwen3vl_merger");
        file.Set("clip.use_gelu", true);
        file.Set("clip.vision.image_size", (uint)(Side * Patch));
        file.Set("clip.vision.patch_size", (uint)Patch);
        file.Set("clip.vision.embedding_length", (uint)Width);
        file.Set("clip.vision.feed_forward_length", (uint)Inner);
        file.Set("clip.vision.block_count", (uint)Layers);
        file.Set("clip.vision.projection_dim", (uint)TinyTextModel.Width);
        file.Set("clip.vision.attention.head_count", (uint)Heads);
        file.Set("clip.vision.attention.layer_norm_epsilon", 1e-6f);
        file.Set("clip.vision.spatial_merge_size", (uint)Merge);
        file.Set("clip.vision.image_mean", new[] { 0.5f, 0.5f, 0.5f });
        file.Set("clip.vision.image_std", new[] { 0.5f, 0.5f, 0.5f });
        file.Set("clip.vision.is_deepstack_layers", Enumerable.Range(0, Layers).Select(i => i == 0).ToArray());
    }

    private IEnumerable<GgufTensor> Patches() =>
    [
        _weights.Random("v.patch_embd.weight", 0.05, Patch, Patch, 3, Width),
        _weights.Random("v.patch_embd.weight.1", 0.05, Patch, Patch, 3, Width),
        TinyWeights.Constant("v.patch_embd.bias", 0, Width),
        _weights.Random("v.position_embd.weight", 0.3, Width, Side * Side),
        .. Norm("v.post_ln", Width),
    ];

    private IEnumerable<GgufTensor> Projections() =>
    [
        .. Linear("mm.0", 0.1, Merged, Merged),
        .. Linear("mm.2", 0.2, Merged, TinyTextModel.Width),
        .. Norm("v.deepstack.0.norm", Merged),
        .. Linear("v.deepstack.0.fc1", 0.1, Merged, Merged),
        .. Linear("v.deepstack.0.fc2", 0.2, Merged, TinyTextModel.Width),
    ];

    private IEnumerable<GgufTensor> Layer(int number) =>
    [
        .. Norm($"v.blk.{number}.ln1", Width),
        .. Norm($"v.blk.{number}.ln2", Width),
        .. Linear($"v.blk.{number}.attn_qkv", 0.15, Width, 3 * Width),
        .. Linear($"v.blk.{number}.attn_out", 0.15, Width, Width),
        .. Linear($"v.blk.{number}.ffn_up", 0.15, Width, Inner),
        .. Linear($"v.blk.{number}.ffn_down", 0.1, Inner, Width),
    ];

    private GgufTensor[] Linear(string name, double deviation, int from, int to) =>
        [_weights.Random($"{name}.weight", deviation, from, to), TinyWeights.Constant($"{name}.bias", 0, to)];

    private static GgufTensor[] Norm(string name, int width) =>
        [TinyWeights.Constant($"{name}.weight", 1, width), TinyWeights.Constant($"{name}.bias", 0, width)];
}
