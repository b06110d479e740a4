using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Api;

/// <summary>What the shim answers besides gateways. Section <c>Api</c>.</summary>
internal sealed class ApiOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Api";

    /// <summary>
    /// Also answers OpenAI's chat API, to whoever brings the fleet secret as a bearer token: for comparisons, and for looking at a replica
    /// alone. Here a death is not survived.
    /// </summary>
    public bool OpenAi { get; set; }

    /// <summary>What a socket brings is dealt with where it was noticed, as in the gateway (docs/decisions/0011-sockets-inline.md).</summary>
    public bool InlineSockets { get; set; } = true;

    /// <summary>Most tokens that travel in one event to a client that does not stream.</summary>
    [Range(1, 4096)]
    public int FoldTokens { get; set; } = 64;

    /// <summary>Longest that such a token waits for others, milliseconds.</summary>
    [Range(1, 60_000)]
    public int FoldMilliseconds { get; set; } = 100;
}
