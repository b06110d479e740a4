namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The sentences that can be worded in several ways. Each has a throw of its own, whatever the others fall on.</summary>
internal enum Slot
{
    Opening,
    Colours,
    Placement,
    Brightness,
    Light,
    Kind,
    Transparency,
    Limit,
    Closing,
    Comparison,
    Identity,
    Quote,
    RealModel,
    Invitation,
    Order,
}

/// <summary>Chooses by a seed: the same seed chooses the same, on any machine.</summary>
/// <param name="seed">The seed of the answer.</param>
/// <param name="picture">Which picture the sentences are about, so that two pictures are not described in the same words.</param>
internal readonly struct Dice(ulong seed, int picture = 0)
{
    private const ulong ThrowsPerSlot = 64;

    /// <summary>One of the phrasings.</summary>
    public T Pick<T>(Slot slot, params ReadOnlySpan<T> phrasings) => phrasings[SplitMix.Below(phrasings.Length, seed, Position(slot, 0))];

    /// <summary>All items in an order of this seed.</summary>
    public List<T> Shuffle<T>(IEnumerable<T> items)
    {
        List<T> order = [.. items];
        for (var last = order.Count - 1; last > 0; last--)
        {
            var other = SplitMix.Below(last + 1, seed, Position(Slot.Order, last));
            (order[last], order[other]) = (order[other], order[last]);
        }

        return order;
    }

    private ulong Position(Slot slot, int number) => ((ulong)picture << 16) + ((ulong)slot * ThrowsPerSlot) + (ulong)number;
}
