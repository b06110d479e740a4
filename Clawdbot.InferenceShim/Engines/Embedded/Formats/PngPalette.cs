using System.Buffers.Binary;

namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>The colours of a palette picture, and the colour that stands for transparent in the others.</summary>
internal sealed class PngPalette(PngHeader header)
{
    private readonly byte[] _rgba = MakeOpaqueBlack();
    private int[]? _transparent;

    /// <summary>Colours in the palette; 0 when there is none.</summary>
    public int Count { get; private set; }

    public void ReadColours(ReadOnlySpan<byte> data)
    {
        if (data.Length is 0 or > 768 || data.Length % 3 != 0) throw Damage.Damaged(Signature.Png, "its palette has an impossible length");
        Count = data.Length / 3;
        for (var index = 0; index < Count; index++) data.Slice(index * 3, 3).CopyTo(_rgba.AsSpan(index * 4));
    }

    public void ReadTransparency(ReadOnlySpan<byte> data)
    {
        if (header.ColourType == 3)
        {
            for (var index = 0; index < Math.Min(256, data.Length); index++) _rgba[(index * 4) + 3] = data[index];
        }
        else if (header.ColourType is 0 or 2 && data.Length >= header.Channels * 2)
        {
            _transparent = new int[header.Channels];
            for (var channel = 0; channel < header.Channels; channel++)
            {
                _transparent[channel] = BinaryPrimitives.ReadUInt16BigEndian(data[(channel * 2)..]);
            }
        }
    }

    /// <summary>RGBA of a palette entry; one that is missing is black.</summary>
    public ReadOnlySpan<byte> Colour(int index) => _rgba.AsSpan(index * 4, 4);

    /// <summary>Whether these samples, at the file's own depth, are the transparent colour.</summary>
    public bool IsTransparent(ReadOnlySpan<int> samples) => _transparent is not null && samples.SequenceEqual(_transparent);

    private static byte[] MakeOpaqueBlack()
    {
        var rgba = new byte[256 * 4];
        for (var index = 3; index < rgba.Length; index += 4) rgba[index] = 255;
        return rgba;
    }
}
