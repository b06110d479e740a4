using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Api;

/// <summary>How the shim answers. Section <c>Api</c>.</summary>
internal sealed class ApiOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Api";

    /// <summary>
    /// Whether the shim also answers OpenAI's chat API by itself, with the fleet secret as API key, for comparisons and for looking at one
    /// replica; such an answer does not survive the death of the replica.
    /// </summary>
    public bool OpenAi { get; set; }

    /// <summary>
    /// Whether data from a socket is handled on the thread that noticed it, without a hop to the thread pool, as in the gateway.
    /// </summary>
    public bool InlineSockets { get; set; } = true;

    /// <summary>Most tokens that travel in one event to a client that does not stream.</summary>
    [Range(1, 4096)]
    public int FoldTokens { get; set; } = 64;

    /// <summary>Milliseconds such a token may wait for others to travel with it.</summary>
    [Range(1, 60_000)]
    public int FoldMilliseconds { get; set; } = 100;
}
