using System.Buffers.Binary;
using System.Text;

namespace Clawdbot.Tests.Shim.Supervision;

/// <summary>A model's files, small and whole: a tensor in each of two shards.</summary>
internal static class SomeModel
{
    public const string First = "model-00001-of-00002.safetensors";
    public const string Second = "model-00002-of-00002.safetensors";
    public const string Index = "model.safetensors.index.json";

    public static void Write(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), "{}");
        File.WriteAllBytes(Path.Combine(folder, First), Safetensors("a", 64));
        File.WriteAllBytes(Path.Combine(folder, Second), Safetensors("b", 32));
        File.WriteAllText(Path.Combine(folder, Index),
            $$$"""{"metadata":{"total_size":96},"weight_map":{"a":"{{{First}}}","b":"{{{Second}}}"}}""");
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}"); // last: a shim that looks meanwhile finds it missing
    }

    /// <summary>A file with one tensor of so many bytes.</summary>
    public static byte[] Safetensors(string tensor, int bytes)
    {
        var head = Encoding.UTF8.GetBytes(
            $$$"""{"__metadata__":{"format":"pt"},"{{{tensor}}}":{"dtype":"U8","shape":[{{{bytes}}}],"data_offsets":[0,{{{bytes}}}]}}""");
        var file = new byte[8 + head.Length + bytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, head.Length);
        head.CopyTo(file, 8);
        return file;
    }

    /// <summary>The head of a GGUF file of so many tensors, and as much again as they need at least.</summary>
    public static byte[] Gguf(uint version = 3, int tensors = 2, int bytes = 4096)
    {
        var file = new byte[bytes];
        "GGUF"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(4), version);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(8), tensors);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(16), 3);
        return file;
    }
}
