using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>Where gateways keep what they better know together. Section <c>SharedStore</c>.</summary>
internal sealed class SharedStoreOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "SharedStore";

    /// <summary>Redis, such as <c>redis:6379</c>, or <c>redis:6380,ssl=true,user=clawdbot</c>. Empty: each gateway keeps its own.</summary>
    public string Redis { get; set; } = "";

    /// <summary>File that holds its password (trailing white space ignored).</summary>
    public string? RedisPasswordFile { get; set; }

    /// <summary>Longest time that Redis may take to answer, milliseconds; then this process answers itself.</summary>
    [Range(1, 10_000)]
    public int RedisMilliseconds { get; set; } = 50;

    /// <summary>Things kept in this process at most; those that end soonest go first.</summary>
    [Range(1, 10_000_000)]
    public int Entries { get; set; } = 100_000;

    /// <summary>Their bytes at most, mebibytes.</summary>
    [Range(1, 65_536)]
    public int Mebibytes { get; set; } = 64;
}
