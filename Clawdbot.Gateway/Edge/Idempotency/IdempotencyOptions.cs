using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>How long answers to requests with an <c>Idempotency-Key</c> are kept. How many, and their bytes in all: section <c>SharedStore</c>. Section <c>Idempotency</c>.</summary>
internal sealed class IdempotencyOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Idempotency";

    /// <summary>How long an answer is kept, seconds.</summary>
    [Range(1, 86_400)]
    public int KeepSeconds { get; set; } = 600;

    /// <summary>How long a request goes on when its client, and all who joined it, have left, seconds.</summary>
    [Range(0, 3600)]
    public int RunOnSeconds { get; set; } = 30;

    /// <summary>A longer answer can't be joined or kept, kibibytes.</summary>
    [Range(1, 1 << 20)]
    public int AnswerKibibytes { get; set; } = 4096;
}
