using System.Buffers.Binary;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Checks a GGUF file by its head.</summary>
internal static class GgufFile
{
    /// <summary>Bytes of the head: magic, version, number of tensors, number of metadata entries.</summary>
    private const int HeadBytes = 24;

    /// <summary>Fewest bytes of an entry: a tensor's has name length, dimensions, type and offset; a metadata entry no less.</summary>
    private const int LeastEntryBytes = 24;

    /// <summary>Says what is wrong with the file; null when nothing is found.</summary>
    public static string? Problem(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[HeadBytes];
        var read = file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false);
        if (LfsPointer.Is(head))
            return LfsPointer.Problem(path);
        if (read < HeadBytes || !head.AsSpan().StartsWith("GGUF"u8))
            return $"model file {path} is no GGUF file (its first bytes are not 'GGUF'): copy it again";
        var version = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
        if (version is < 2 or > 16)
            return $"model file {path} has GGUF version {version}, which no engine of today reads: convert it again";
        var tensors = BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(8));
        var entries = BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(16));
        if (tensors > 1 << 20 || entries > 1 << 20)
            return $"model file {path} has a head that can't be ({tensors} tensors, {entries} entries): copy it again";
        var least = HeadBytes + (long)(tensors + entries) * LeastEntryBytes;
        return tensors == 0 || file.Length <= least
            ? $"model file {path} has {file.Length} bytes and tells of {tensors} tensors (half copied?): copy it again"
            : null;
    }
}
