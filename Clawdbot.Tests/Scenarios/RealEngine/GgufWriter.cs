using System.Runtime.InteropServices;
using System.Text;

namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>Weights of 32 bits each.</summary>
/// <param name="Name">As llama.cpp calls them.</param>
/// <param name="Shape">Lengths of its dimensions, the innermost first.</param>
/// <param name="Values">All of them, the innermost dimension running fastest.</param>
internal sealed record GgufTensor(string Name, int[] Shape, float[] Values);

/// <summary>Writes a GGUF file, version 3: the format of llama.cpp's models.</summary>
internal sealed class GgufWriter
{
    private const uint Version = 3;
    private const uint Float32 = 0;
    private const uint OfArray = 9;
    private const int Alignment = 32;

    private readonly List<(string Key, object Value)> _metadata = [];
    private readonly List<GgufTensor> _tensors = [];

    /// <summary>Adds a key. Its value is a uint, an int, a float, a bool, a string, or an array of one of these.</summary>
    public void Set(string key, object value) => _metadata.Add((key, value));

    /// <summary>Adds weights.</summary>
    public void Add(params IEnumerable<GgufTensor> tensors) => _tensors.AddRange(tensors);

    /// <summary>Writes the file.</summary>
    public void Write(string path)
    {
        using var to = new BinaryWriter(File.Create(path));
        to.Write("GGUF"u8);
        to.Write(Version);
        to.Write((ulong)_tensors.Count);
        to.Write((ulong)_metadata.Count);
        foreach (var (key, value) in _metadata)
        {
            Text(to, key);
            Typed(to, value);
        }
        Describe(to);
        foreach (var tensor in _tensors)
        {
            Pad(to);
            to.Write(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
        }
        Pad(to);
    }

    private void Describe(BinaryWriter to)
    {
        var offset = 0L;
        foreach (var tensor in _tensors)
        {
            Text(to, tensor.Name);
            to.Write((uint)tensor.Shape.Length);
            foreach (var length in tensor.Shape)
                to.Write((ulong)length);
            to.Write(Float32);
            to.Write((ulong)offset);
            offset += Aligned(tensor.Values.Length * sizeof(float));
        }
    }

    private static void Typed(BinaryWriter to, object value)
    {
        if (value is not Array values)
        {
            to.Write(Type(value));
            Value(to, value);
            return;
        }
        to.Write(OfArray);
        to.Write(Type(values.GetValue(0)!));
        to.Write((ulong)values.Length);
        foreach (var one in values)
            Value(to, one);
    }

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter to)
    {
        to.Flush();
        to.Write(new byte[Aligned(to.BaseStream.Position) - to.BaseStream.Position]);
    }

    private static uint Type(object value) => value switch
    {
        uint => 4,
        int => 5,
        float => 6,
        bool => 7,
        string => 8,
        _ => throw new ArgumentException($"{value.GetType()} is no type of these files.", nameof(value)),
    };

    private static void Value(BinaryWriter to, object value)
    {
        switch (value)
        {
            case uint number: to.Write(number); break;
            case int number: to.Write(number); break;
            case float number: to.Write(number); break;
            case bool flag: to.Write(flag); break;
            default: Text(to, (string)value); break;
        }
    }

    private static void Text(BinaryWriter to, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        to.Write((ulong)bytes.Length);
        to.Write(bytes);
    }
}
