namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Why a GPU's clocks are lower than they could be (<c>nvmlClocksEventReason*</c>); idle and settings don't count.</summary>
internal static class SlowClocks
{
    private static readonly (ulong Bit, string Words)[] Reasons =
    [
        (0x04, "at its power limit"),
        (0x08, "slowed by the hardware"),
        (0x20, "slowed by the driver for heat"),
        (0x40, "slowed by the hardware for heat"),
        (0x80, "slowed by the power supply"),
    ];

    /// <summary>The reasons in words; null when there is none.</summary>
    public static string? Words(ulong reasons)
    {
        var words = string.Join(", ", Reasons.Where(r => (reasons & r.Bit) != 0).Select(r => r.Words));
        return words.Length == 0 ? null : words;
    }
}
