namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>
/// The only source of variety in this engine: a hash of a seed and a position (the finaliser of SplitMix64). Nothing is
/// carried from one call to the next, so any part of an answer can be made again on another machine.
/// </summary>
internal static class SplitMix
{
    private const ulong Step = 0x9E3779B97F4A7C15UL;

    /// <summary>Well mixed 64 bits. The seed is mixed by itself first: seeds a step apart must not give the same row, shifted.</summary>
    public static ulong Hash(ulong seed, ulong position) => Finish(Finish(seed + Step) + ((position + 1) * Step));

    /// <summary>A number from 0 to <paramref name="count"/> - 1.</summary>
    public static int Below(int count, ulong seed, ulong position) => (int)(Hash(seed, position) % (ulong)count);

    private static ulong Finish(ulong mixed)
    {
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return mixed ^ (mixed >> 31);
    }
}
