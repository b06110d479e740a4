using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Ledger;

/// <summary>One request that is over, without any content of the request or the answer.</summary>
internal sealed record LedgerEntry
{
    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The answer's id.</summary>
    public required string Id { get; init; }

    /// <summary>The client's own id of the request; null where it sent none.</summary>
    public string? RequestId { get; init; }

    /// <summary>The tenant that sent it.</summary>
    public required string Tenant { get; init; }

    /// <summary>Model asked for.</summary>
    public required string Model { get; init; }

    /// <summary>What the engine that had the answer last was asked for; null when none had it, or another request did.</summary>
    public string? ServedModel { get; init; }

    /// <summary>Whether the client wanted the answer as a stream of events.</summary>
    public required bool Stream { get; init; }

    /// <summary>How it ended, as in metrics: <c>completed</c>, <c>client_gone</c>, <c>refused</c> or <c>failed</c>.</summary>
    public required string Result { get; init; }

    /// <summary>Code of the error that the client was sent; null when there was none.</summary>
    public string? Code { get; init; }

    /// <summary>The client's usage: prompt tokens of the first attempt that told them.</summary>
    public int PromptTokens { get; init; }

    /// <summary>The client's usage: tokens that it was sent.</summary>
    public int CompletionTokens { get; init; }

    /// <summary>Whether part of the answer may differ from what one replica alone would have generated.</summary>
    public bool IsApproximate { get; init; }

    /// <summary>Time from the whole request to its end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Time from the whole request to its first token; null when none came.</summary>
    public TimeSpan? FirstToken { get; init; }

    /// <summary>Its attempts, in the order of their ends.</summary>
    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    /// <summary>Its failovers, oldest first.</summary>
    public IReadOnlyList<FailoverEntry> Failovers { get; init; } = [];

    /// <summary>
    /// Null without an <c>Idempotency-Key</c>. <c>joined</c> or <c>replayed</c> when it got the answer of another request; <c>ran</c> when
    /// it had its own, and <c>ran_alone</c> when no other gateway could know of it, so that one may have run it again.
    /// </summary>
    public string? Idempotent { get; init; }
}
