using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>
/// Where gateways keep tenants' use of their limits, answers for <c>Idempotency-Key</c>, and the responses of <c>/v1/responses</c>. Section
/// <c>SharedStore</c>.
/// </summary>
internal sealed class SharedStoreOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "SharedStore";

    /// <summary>
    /// Address of a Redis that all gateways share, such as <c>redis:6379</c> or <c>redis:6380,ssl=true,user=clawdbot</c>; empty: each
    /// gateway keeps its own answers, and shims divide tenants' limits among gateways.
    /// </summary>
    public string Redis { get; set; } = "";

    /// <summary>File that holds the password of Redis; white space at its end is ignored.</summary>
    public string? RedisPasswordFile { get; set; }

    /// <summary>Milliseconds Redis may take to answer before the gateway goes on without it.</summary>
    [Range(1, 10_000)]
    public int RedisMilliseconds { get; set; } = 50;

    /// <summary>Most entries kept in the gateway's own memory; those that expire soonest are dropped first.</summary>
    [Range(1, 10_000_000)]
    public int Entries { get; set; } = 100_000;

    /// <summary>Most memory for these entries, in mebibytes.</summary>
    [Range(1, 65_536)]
    public int Mebibytes { get; set; } = 64;
}
