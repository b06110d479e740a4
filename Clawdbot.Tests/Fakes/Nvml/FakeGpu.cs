namespace Clawdbot.Tests.Fakes.Nvml;

/// <summary>What the faked driver says of one device.</summary>
/// <param name="Uuid">UUID.</param>
internal sealed record FakeGpu(string Uuid)
{
    public const long Gibibyte = 1L << 30;

    public long Used { get; init; } = 17 * Gibibyte;

    public long Total { get; init; } = 24 * Gibibyte;

    public int Busy { get; init; } = 63;

    public int Degrees { get; init; } = 71;

    public int Milliwatts { get; init; } = 312_500;

    public long Ecc { get; init; }

    public int Remapped { get; init; }

    public bool Pending { get; init; }

    public int Clocks { get; init; }

    /// <summary>What its functions return: 15 for a lost one.</summary>
    public int Result { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Uuid} {Used} {Total} {Busy} {Degrees} {Milliwatts} {Ecc} {Remapped} {(Pending ? 1 : 0)} {Clocks} {Result}");
}
