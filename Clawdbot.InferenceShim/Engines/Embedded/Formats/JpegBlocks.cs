namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Turns blocks of 64 coefficients into 8 x 8 samples.</summary>
internal static class JpegBlocks
{
    // Cosine of frequency (row) at sample (column), with the norm of the transform.
    private static readonly float[] Basis = [.. Enumerable.Range(0, 64).Select(index => BasisAt(index / 8, index % 8))];

    /// <summary>Place in the block of the n-th coefficient of the file: diagonal by diagonal, turning at the edges.</summary>
    public static byte[] Zigzag { get; } = MakeZigzag();

    /// <summary>Transforms one block and writes its samples.</summary>
    public static void Write(JpegComponent component, int column, int row, ReadOnlySpan<short> block, ushort[] quantisation)
    {
        Span<float> values = stackalloc float[64];
        for (var index = 0; index < 64; index++) values[index] = block[index] * quantisation[index];
        for (var line = 0; line < 8; line++) Transform(values, line * 8, 1);
        for (var line = 0; line < 8; line++) Transform(values, line, 8);
        var width = component.BlocksAcross * 8;
        for (var y = 0; y < 8; y++)
        {
            var target = component.Samples.AsSpan((((row * 8) + y) * width) + (column * 8), 8);
            for (var x = 0; x < 8; x++) target[x] = (byte)Math.Clamp(values[(y * 8) + x] + 128.5f, 0, 255);
        }
    }

    /// <summary>Transforms all blocks of a progressive picture, once its last scan is in.</summary>
    public static void Finish(JpegFrame frame, Func<JpegComponent, ushort[]> quantisation)
    {
        foreach (var component in frame.Components)
        {
            var table = quantisation(component);
            for (var row = 0; row < component.OwnBlocksDown; row++)
            {
                for (var column = 0; column < component.OwnBlocksAcross; column++)
                {
                    Write(component, column, row, component.Block(column, row), table);
                }
            }
        }
    }

    // Even frequencies are symmetric about the middle and odd ones antisymmetric: half of the products serve both sides.
    private static void Transform(Span<float> values, int start, int step)
    {
        Span<float> input = stackalloc float[8];
        var onlyAverage = true;
        for (var index = 0; index < 8; index++)
        {
            input[index] = values[start + (index * step)];
            onlyAverage &= index == 0 || input[index] == 0;
        }

        for (var sample = 0; sample < 4; sample++)
        {
            var even = input[0] * Basis[0];
            float odd = 0;
            for (var frequency = 1; !onlyAverage && frequency < 8; frequency += 2)
            {
                odd += input[frequency] * Basis[(frequency * 8) + sample];
                if (frequency < 7) even += input[frequency + 1] * Basis[((frequency + 1) * 8) + sample];
            }

            values[start + (sample * step)] = even + odd;
            values[start + ((7 - sample) * step)] = even - odd;
        }
    }

    private static float BasisAt(int frequency, int sample) =>
        (float)((frequency == 0 ? Math.Sqrt(0.125) : 0.5) * Math.Cos(((2 * sample) + 1) * frequency * Math.PI / 16));

    private static byte[] MakeZigzag()
    {
        var places = new List<byte>();
        for (var diagonal = 0; diagonal < 15; diagonal++)
        {
            var cells = Enumerable.Range(0, 8)
                .Where(row => diagonal - row is >= 0 and < 8)
                .Select(row => (byte)((row * 8) + diagonal - row));
            places.AddRange(diagonal % 2 == 0 ? cells.Reverse() : cells);
        }

        return [.. places];
    }
}
