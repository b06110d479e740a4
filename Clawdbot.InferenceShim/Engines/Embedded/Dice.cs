namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The sentences that can be worded in several ways. The choice for one does not depend on those for the others.</summary>
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

/// <summary>Chooses wordings by a seed: the same seed chooses the same on any machine.</summary>
/// <param name="seed">The seed of the answer.</param>
/// <param name="picture">Which picture the sentences are about, so that two pictures are not described in the same words.</param>
internal readonly struct Dice(ulong seed, int picture = 0)
{
    private const ulong ThrowsPerSlot = 64;

    /// <summary>Chooses one of the phrasings of a sentence.</summary>
    public T Pick<T>(Slot slot, params ReadOnlySpan<T> phrasings) => phrasings[SplitMix.Below(phrasings.Length, seed, Position(slot, 0))];

    /// <summary>Returns all items in an order that depends on the seed.</summary>
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
