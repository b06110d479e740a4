using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>Where gateways keep what they better know together. Section <c>SharedStore</c>.</summary>
internal sealed class SharedStoreOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "SharedStore";

    /// <summary>Things kept in this process at most; those that end soonest go first.</summary>
    [Range(1, 10_000_000)]
    public int Entries { get; set; } = 100_000;

    /// <summary>Their bytes at most, mebibytes.</summary>
    [Range(1, 65_536)]
    public int Mebibytes { get; set; } = 64;
}
