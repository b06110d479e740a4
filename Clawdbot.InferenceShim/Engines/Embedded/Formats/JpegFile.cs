using System.Buffers.Binary;

namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Reads baseline and progressive JPEG files: walks through the segments and keeps the tables that scans refer to.</summary>
internal sealed class JpegFile
{
    // Real files have up to about a dozen; each costs a walk over all blocks, so a stranger's file must not choose the number.
    private const int MostScans = 64;

    private readonly ReadOnlyMemory<byte> _file;
    private readonly JpegHuffman?[] _averages = new JpegHuffman?[4];
    private readonly JpegHuffman?[] _details = new JpegHuffman?[4];
    private readonly ushort[]?[] _quantisation = new ushort[]?[4];
    private JpegFrame? _frame;
    private int _restartInterval;
    private int _scans;
    private int? _adobeTransform;

    private JpegFile(ReadOnlyMemory<byte> file) => _file = file;

    /// <summary>The pixels as RGBA.</summary>
    /// <exception cref="PictureException">Damaged, truncated (no end mark counts as truncated) or a variant that is not read.</exception>
    public static byte[] Decode(ReadOnlyMemory<byte> file) => new JpegFile(file).Run();

    private byte[] Run()
    {
        var cursor = new ByteCursor(_file.Span, Signature.Jpeg);
        cursor.Take(2);
        while (JpegSegments.NextMarker(ref cursor) is var marker and not JpegSegments.EndOfImage)
        {
            var data = JpegSegments.Data(ref cursor, marker);
            if (marker == JpegSegments.StartOfScan) cursor.Take(ReadScan(data, cursor.Position) - cursor.Position);
            else ReadSegment(marker, data);
        }

        if (_frame is null || _frame.Components.Any(component => !component.Seen)) throw Bad("a part of the picture is missing");
        if (_frame.Progressive) JpegBlocks.Finish(_frame, Quantisation);
        return JpegColours.Convert(_frame, _adobeTransform);
    }

    private void ReadSegment(int marker, ReadOnlySpan<byte> data)
    {
        if (JpegSegments.IsFrame(marker))
        {
            if (_frame is not null) throw Bad("it has two frame headers");
            _frame = JpegFrame.Read(marker, data);
            _frame.Allocate();
        }
        else if (marker == JpegSegments.HuffmanTables)
        {
            ReadHuffman(data);
        }
        else if (marker == JpegSegments.QuantisationTables)
        {
            ReadQuantisation(data);
        }
        else if (marker == JpegSegments.RestartInterval && data.Length >= 2)
        {
            _restartInterval = BinaryPrimitives.ReadUInt16BigEndian(data);
        }
        else if (marker == JpegSegments.Adobe && data.Length >= 12 && data.StartsWith("Adobe"u8))
        {
            _adobeTransform = data[11];
        }
    }

    private void ReadHuffman(ReadOnlySpan<byte> data)
    {
        var cursor = new ByteCursor(data, Signature.Jpeg);
        while (cursor.Position < data.Length)
        {
            var target = cursor.Byte();
            if ((target & 15) > 3 || target >> 4 > 1) throw Bad("a Huffman table has an impossible place");
            var counts = cursor.Take(16);
            var symbols = 0;
            foreach (var count in counts) symbols += count;
            (target >> 4 == 0 ? _averages : _details)[target & 15] = new JpegHuffman(counts, cursor.Take(symbols));
        }
    }

    private void ReadQuantisation(ReadOnlySpan<byte> data)
    {
        var cursor = new ByteCursor(data, Signature.Jpeg);
        while (cursor.Position < data.Length)
        {
            var target = cursor.Byte();
            if ((target & 15) > 3 || target >> 4 > 1) throw Bad("a quantisation table has an impossible place");
            var table = new ushort[64];
            foreach (var place in JpegBlocks.Zigzag) table[place] = (ushort)(target >> 4 == 0 ? cursor.Byte() : cursor.Int16Big());
            _quantisation[target & 15] = table;
        }
    }

    // Returns where the marker after the scan stands.
    private int ReadScan(ReadOnlySpan<byte> data, int start)
    {
        if (_frame is null) throw Bad("a scan comes before the frame header");
        if (++_scans > MostScans) throw Bad("it has too many scans");
        var header = JpegScanHeader.Read(data, _frame, _averages, _details);
        var bits = new JpegBits(_file, start);
        new JpegScan(_frame, header, bits, Quantisation).Read(_restartInterval);
        return bits.NextMarker();
    }

    private ushort[] Quantisation(JpegComponent component) =>
        _quantisation[component.Quantisation] ?? throw Bad("a quantisation table is missing");

    private static PictureException Bad(string what) => Damage.Damaged(Signature.Jpeg, what);
}
