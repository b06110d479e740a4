namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>What one scan brings.</summary>
/// <param name="Parts">The components and their Huffman tables (null where the file has defined none).</param>
/// <param name="From">First coefficient, 0..63; 0 is the average.</param>
/// <param name="To">Last coefficient.</param>
/// <param name="Refines">Whether it adds one bit to what an earlier scan brought.</param>
/// <param name="Shift">How many low bits are still left out.</param>
internal sealed record JpegScanHeader(
    IReadOnlyList<(JpegComponent Component, JpegHuffman? Averages, JpegHuffman? Details)> Parts,
    int From, int To, bool Refines, int Shift)
{
    /// <summary>Reads the header.</summary>
    /// <exception cref="PictureException">It contradicts itself or the frame.</exception>
    public static JpegScanHeader Read(ReadOnlySpan<byte> data, JpegFrame frame, JpegHuffman?[] averages, JpegHuffman?[] details)
    {
        var count = data.IsEmpty ? 0 : data[0];
        if (count is 0 or > 4 || data.Length != 4 + (2 * count)) throw Bad();
        var parts = new List<(JpegComponent, JpegHuffman?, JpegHuffman?)>();
        for (var index = 0; index < count; index++)
        {
            var (id, tables) = (data[1 + (2 * index)], data[2 + (2 * index)]);
            var component = frame.Components.FirstOrDefault(candidate => candidate.Id == id) ?? throw Bad();
            if ((tables >> 4) > 3 || (tables & 15) > 3 || parts.Exists(part => part.Item1 == component)) throw Bad();
            parts.Add((component, averages[tables >> 4], details[tables & 15]));
        }

        if (!frame.Progressive) return new JpegScanHeader(parts, 0, 63, false, 0);
        var (from, to, bits) = (data[^3], data[^2], data[^1]);
        var averagesOnly = from == 0 && to == 0;
        var detailsOfOne = from > 0 && from <= to && to <= 63 && count == 1;
        if ((!averagesOnly && !detailsOfOne) || (bits & 15) > 13) throw Bad();
        return new JpegScanHeader(parts, from, to, bits >> 4 != 0, bits & 15);
    }

    private static PictureException Bad() => Damage.Damaged(Signature.Jpeg, "a scan header is impossible");
}
