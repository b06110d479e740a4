namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Reads the blocks of one scan.</summary>
internal sealed class JpegScan(JpegFrame frame, JpegScanHeader header, JpegBits bits, Func<JpegComponent, ushort[]> quantisation)
{
    private int _emptyBlocks;

    /// <summary>Reads all blocks.</summary>
    /// <param name="restartInterval">Units between two restart markers; 0 for none.</param>
    /// <exception cref="PictureException">The data is damaged or ends early.</exception>
    public void Read(int restartInterval)
    {
        Restart();
        foreach (var (component, _, _) in header.Parts) component.Seen |= header.From == 0;
        var alone = header.Parts.Count == 1 ? header.Parts[0].Component : null;
        var across = alone?.OwnBlocksAcross ?? frame.UnitsAcross;
        var units = across * (alone?.OwnBlocksDown ?? frame.UnitsDown);
        for (var unit = 0; unit < units; unit++)
        {
            if (restartInterval > 0 && unit > 0 && unit % restartInterval == 0)
            {
                bits.Restart();
                Restart();
            }

            if (alone is null) ReadUnit(unit % across, unit / across);
            else ReadBlock(header.Parts[0], unit % across, unit / across);
        }
    }

    private void Restart()
    {
        _emptyBlocks = 0;
        foreach (var (component, _, _) in header.Parts) component.LastAverage = 0;
    }

    private void ReadUnit(int column, int row)
    {
        foreach (var part in header.Parts)
        {
            var (across, down) = (part.Component.Across, part.Component.Down);
            for (var block = 0; block < across * down; block++)
            {
                ReadBlock(part, (column * across) + (block % across), (row * down) + (block / across));
            }
        }
    }

    private void ReadBlock((JpegComponent Component, JpegHuffman? Averages, JpegHuffman? Details) part, int column, int row)
    {
        if (!frame.Progressive)
        {
            Span<short> whole = stackalloc short[64];
            whole[0] = (short)NextAverage(part.Component, part.Averages);
            ReadDetails(whole, Table(part.Details));
            JpegBlocks.Write(part.Component, column, row, whole, quantisation(part.Component));
            return;
        }

        var block = part.Component.Block(column, row);
        if (header.From > 0 && header.Refines) RefineDetails(block, Table(part.Details));
        else if (header.From > 0) ReadDetails(block, Table(part.Details));
        else if (header.Refines) block[0] |= (short)(bits.Read(1) << header.Shift);
        else block[0] = (short)(NextAverage(part.Component, part.Averages) << header.Shift);
    }

    private int NextAverage(JpegComponent component, JpegHuffman? table)
    {
        var length = Table(table).Read(bits);
        if (length > 15) throw Damage.Damaged(Signature.Jpeg, "a value is impossible");
        return component.LastAverage = (short)(component.LastAverage + bits.ReadSigned(length));
    }

    // A symbol holds a run of zeros (upper half) and the length of the value after it (lower half).
    private void ReadDetails(Span<short> block, JpegHuffman table)
    {
        if (_emptyBlocks > 0)
        {
            _emptyBlocks--;
            return;
        }

        for (var index = Math.Max(1, header.From); index <= header.To; index++)
        {
            var symbol = table.Read(bits);
            var (run, length) = (symbol >> 4, symbol & 15);
            if (length == 0 && run < 15)
            {
                _emptyBlocks = frame.Progressive ? (1 << run) + bits.Read(run) - 1 : 0;
                return;
            }

            index += run;
            if (index > header.To) throw Damage.Damaged(Signature.Jpeg, "a run of zeros leaves its block");
            if (length > 0) block[JpegBlocks.Zigzag[index]] = (short)(bits.ReadSigned(length) << header.Shift);
        }
    }

    private void RefineDetails(Span<short> block, JpegHuffman table)
    {
        var index = header.From;
        while (_emptyBlocks == 0 && index <= header.To)
        {
            var symbol = table.Read(bits);
            var (run, length) = (symbol >> 4, symbol & 15);
            if (length == 0 && run < 15)
            {
                _emptyBlocks = (1 << run) + bits.Read(run);
                break;
            }

            var value = length == 0 ? 0 : bits.Read(1) != 0 ? 1 << header.Shift : -1 << header.Shift;
            index = RefineUntil(block, index, run, value);
        }

        if (_emptyBlocks == 0) return;
        while (index <= header.To) RefineOne(ref block[JpegBlocks.Zigzag[index++]]);
        _emptyBlocks--;
    }

    // Values that exist already get one more bit each, and do not count as part of the run of zeros.
    private int RefineUntil(Span<short> block, int index, int run, int value)
    {
        for (; index <= header.To; index++)
        {
            ref var target = ref block[JpegBlocks.Zigzag[index]];
            if (target != 0)
            {
                RefineOne(ref target);
            }
            else if (run-- == 0)
            {
                target = (short)value;
                return index + 1;
            }
        }

        return index;
    }

    private void RefineOne(ref short value)
    {
        if (value == 0 || bits.Read(1) == 0) return;
        var bit = 1 << header.Shift;
        if ((value & bit) == 0) value += (short)(value > 0 ? bit : -bit);
    }

    private static JpegHuffman Table(JpegHuffman? table) =>
        table ?? throw Damage.Damaged(Signature.Jpeg, "a Huffman table is missing");
}
