namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>One component (brightness, or one of the colour differences) and its samples.</summary>
/// <param name="id">As the scans refer to it.</param>
/// <param name="across">Sampling factor: blocks a unit holds horizontally.</param>
/// <param name="down">The same vertically.</param>
/// <param name="quantisation">Index of its quantisation table.</param>
internal sealed class JpegComponent(int id, int across, int down, int quantisation)
{
    public int Id { get; } = id;

    public int Across { get; } = across;

    public int Down { get; } = down;

    public int Quantisation { get; } = quantisation;

    /// <summary>Blocks with memory, padded to whole units.</summary>
    public int BlocksAcross { get; private set; }

    /// <summary>Blocks that hold pixels of the picture: what a scan of this component alone contains.</summary>
    public int OwnBlocksAcross { get; private set; }

    public int OwnBlocksDown { get; private set; }

    /// <summary>Rows of BlocksAcross * 8 samples.</summary>
    public byte[] Samples { get; private set; } = [];

    /// <summary>64 coefficients a block, in natural order; empty unless progressive, where several scans add up.</summary>
    public short[] Coefficients { get; private set; } = [];

    /// <summary>Whether any scan has brought data.</summary>
    public bool Seen { get; set; }

    /// <summary>The last average of a block; the next one is told as a difference.</summary>
    public int LastAverage { get; set; }

    public void Allocate(int blocksAcross, int blocksDown, int ownAcross, int ownDown, bool progressive)
    {
        (BlocksAcross, OwnBlocksAcross, OwnBlocksDown) = (blocksAcross, ownAcross, ownDown);
        Samples = new byte[checked(blocksAcross * blocksDown * 64)];
        if (progressive) Coefficients = new short[Samples.Length];
    }

    public Span<short> Block(int column, int row) => Coefficients.AsSpan(((row * BlocksAcross) + column) * 64, 64);
}
