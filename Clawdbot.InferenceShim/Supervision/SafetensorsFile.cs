using System.Buffers.Binary;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>A file of weights: 8 bytes that say how long the head is, the head (JSON: where each tensor lies), the tensors.</summary>
/// <param name="Problem">What is wrong with it; null when nothing is found.</param>
/// <param name="Tensors">Names of its tensors.</param>
/// <param name="TensorBytes">Bytes of its tensors.</param>
internal sealed record SafetensorsFile(string? Problem, IReadOnlySet<string> Tensors, long TensorBytes)
{
    private const int LengthBytes = 8;

    /// <summary>Longest head, in bytes: the format's own limit.</summary>
    private const ulong MostHeadBytes = 100_000_000;

    /// <summary>Reads the head of a file and compares the file's length with it.</summary>
    public static SafetensorsFile Read(string path)
    {
        if (!File.Exists(path))
            return Bad($"model file {path} is missing: copy it there (is the copy complete?), or correct Engine:ModelPath");
        using var file = File.OpenRead(path);
        var first = new byte[32];
        var read = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        if (LfsPointer.Is(first))
            return Bad(LfsPointer.Problem(path));
        var length = BinaryPrimitives.ReadUInt64LittleEndian(first);
        if (read < LengthBytes || length > MostHeadBytes || LengthBytes + (long)length > file.Length)
            return Bad($"model file {path} is no safetensors file, or half copied ({file.Length} bytes): copy it again");
        var head = new byte[length];
        file.Position = LengthBytes;
        file.ReadExactly(head);
        try
        {
            return Hold(path, head, file.Length);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            return Bad($"model file {path} has a head that is not JSON: copy it again");
        }
    }

    private static SafetensorsFile Hold(string path, byte[] head, long length)
    {
        using var document = JsonDocument.Parse(head);
        var (tensors, end) = (new HashSet<string>(), 0L);
        foreach (var tensor in document.RootElement.EnumerateObject().Where(t => t.Name != "__metadata__"))
        {
            tensors.Add(tensor.Name);
            if (!tensor.Value.TryGetProperty("data_offsets", out var offsets) || offsets.ValueKind != JsonValueKind.Array
                || offsets.GetArrayLength() != 2)
                return Bad($"model file {path} does not say where its tensor {tensor.Name} lies: copy it again");
            end = Math.Max(end, offsets[1].GetInt64());
        }
        var whole = LengthBytes + head.Length + end;
        var why = length < whole ? "still being copied, or cut" : "not what its head says";
        return length == whole
            ? new SafetensorsFile(null, tensors, end)
            : Bad($"model file {path} has {length} bytes and should have {whole} ({why}): copy it again");
    }

    private static SafetensorsFile Bad(string problem) => new(problem, new HashSet<string>(), 0);
}
