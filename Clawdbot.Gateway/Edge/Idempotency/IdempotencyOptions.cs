using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>
/// How long answers to requests with the header <c>Idempotency-Key</c> are kept; how many, and their bytes in all, is in section
/// <c>SharedStore</c>. Section <c>Idempotency</c>.
/// </summary>
internal sealed class IdempotencyOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Idempotency";

    /// <summary>Seconds an answer is kept for a client that sends the same key again.</summary>
    [Range(1, 86_400)]
    public int KeepSeconds { get; set; } = 600;

    /// <summary>Seconds a request goes on after its client, and all clients that joined it, have left.</summary>
    [Range(0, 3600)]
    public int RunOnSeconds { get; set; } = 30;

    /// <summary>Longest answer that can be joined or kept, in kibibytes.</summary>
    [Range(1, 1 << 20)]
    public int AnswerKibibytes { get; set; } = 4096;
}
