using System.Buffers.Binary;

namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>The frame header: size, components and whether the picture comes in ever finer scans.</summary>
internal sealed record JpegFrame(int Width, int Height, bool Progressive, IReadOnlyList<JpegComponent> Components)
{
    private const int SampleBits = 8;

    public (int Width, int Height) Size => (Width, Height);

    /// <summary>Largest sampling factors of any component.</summary>
    public int MostAcross => Components.Max(component => component.Across);

    public int MostDown => Components.Max(component => component.Down);

    /// <summary>Units in which an interleaved scan proceeds, in each direction.</summary>
    public int UnitsAcross => DivideUp(Width, 8 * MostAcross);

    public int UnitsDown => DivideUp(Height, 8 * MostDown);

    /// <summary>Reads the header. The components have no memory yet.</summary>
    /// <exception cref="PictureException">Damaged, or a kind that is hardly ever seen (arithmetic coding, lossless, 12 bits).</exception>
    public static JpegFrame Read(int marker, ReadOnlySpan<byte> data)
    {
        if (marker > 0xC2) throw Damage.Variant(Signature.Jpeg, "Lossless, hierarchical or arithmetic coding");
        if (data.Length < 6) throw Bad("its frame header is too short");
        if (data[0] != SampleBits) throw Damage.Variant(Signature.Jpeg, $"A depth of {data[0]} bits");
        var (height, width) = (BinaryPrimitives.ReadUInt16BigEndian(data[1..]), BinaryPrimitives.ReadUInt16BigEndian(data[3..]));
        if (height == 0 || width == 0) throw Bad("its width or height is 0");
        int count = data[5];
        if (count is not (1 or 3 or 4) || data.Length != 6 + (3 * count)) throw Bad("its number of components is impossible");

        var components = new JpegComponent[count];
        for (var index = 0; index < count; index++)
        {
            var entry = data.Slice(6 + (3 * index), 3);
            var (across, down) = (entry[1] >> 4, entry[1] & 15);
            if (across is 0 or > 4 || down is 0 or > 4 || entry[2] > 3) throw Bad("a component is impossible");
            components[index] = new JpegComponent(entry[0], across, down, entry[2]);
        }

        return new JpegFrame(width, height, marker == 0xC2, components);
    }

    /// <summary>Takes the memory for all components; call once the size is known to be allowed.</summary>
    public void Allocate()
    {
        foreach (var component in Components)
        {
            component.Allocate(
                UnitsAcross * component.Across,
                UnitsDown * component.Down,
                DivideUp(DivideUp(Width * component.Across, MostAcross), 8),
                DivideUp(DivideUp(Height * component.Down, MostDown), 8),
                Progressive);
        }
    }

    private static int DivideUp(int value, int by) => (value + by - 1) / by;

    private static PictureException Bad(string what) => Damage.Damaged(Signature.Jpeg, what);
}
