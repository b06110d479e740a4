using System.Text.Json;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Checks a model's weights in a folder: one file, or several that an index lists.</summary>
internal static class SafetensorsFolder
{
    private const string Index = "model.safetensors.index.json";

    /// <summary>Says what is wrong; null when all is there.</summary>
    public static string? Problem(string folder)
    {
        var index = Path.Combine(folder, Index);
        if (!File.Exists(index))
        {
            return Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal).ToList() switch
            {
                [] => $"model path {folder} has no weights ({Index}, *.safetensors or *.gguf): "
                    + "copy the model there, or correct Engine:ModelPath",
                [var single] when !IsShard(single) => SafetensorsFile.Read(single).Problem,
                [var shard, ..] when IsShard(shard) => $"model file {index} is missing: "
                    + "it says which of the shards belong to the model; copy it there",
                var several => several.Select(f => SafetensorsFile.Read(f).Problem).FirstOrDefault(p => p is not null),
            };
        }
        return JsonFile.Problem(index) ?? Whole(folder, index);
    }

    private static string? Whole(string folder, string index)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(index));
        if (!document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object
            || map.EnumerateObject().Any(t => t.Value.ValueKind != JsonValueKind.String))
            return $"model file {index} has no weight_map: copy it again";
        var bytes = 0L;
        var shards = map.EnumerateObject().GroupBy(t => t.Value.GetString()!, t => t.Name);
        foreach (var shard in shards.OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var file = SafetensorsFile.Read(Path.Combine(folder, Path.GetFileName(shard.Key)));
            if (file.Problem is { } problem)
                return problem;
            if (shard.FirstOrDefault(name => !file.Tensors.Contains(name)) is { } absent)
            {
                return $"model file {shard.Key} in {folder} has no tensor {absent}, which the index expects there: "
                    + "index and shards are of two versions; copy both again";
            }
            bytes += file.TensorBytes;
        }
        return Total(document.RootElement) is { } total && bytes < total
            ? $"the shards in {folder} hold {bytes} bytes of tensors, and the index tells of {total}: "
                + "index and shards are of two versions; copy both again"
            : null;
    }

    /// <summary>The total of tensor bytes that the index tells. Shards may hold more: some tools count tied tensors once.</summary>
    private static long? Total(JsonElement index) =>
        index.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty("total_size", out var size) && size.ValueKind == JsonValueKind.Number
        && size.TryGetDouble(out var total)
            ? (long)total
            : null;

    private static bool IsShard(string path) => Path.GetFileName(path).Contains("-of-", StringComparison.Ordinal);
}
