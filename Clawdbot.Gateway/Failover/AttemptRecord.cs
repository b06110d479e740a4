using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Failover;

/// <summary>One attempt, as it is accounted for.</summary>
internal sealed record AttemptRecord
{
    /// <summary>Who was asked.</summary>
    public required string Replica { get; init; }

    /// <summary>Address of the replica; null while it has none.</summary>
    public required Uri? Address { get; init; }

    /// <summary>What its shim knows it by.</summary>
    public required string Id { get; init; }

    /// <summary>The shim process that answered, or was there when it was asked.</summary>
    public required string? Instance { get; init; }

    /// <summary>How it stood to those before it.</summary>
    public required AttemptKind Kind { get; init; }

    /// <summary>How it ended.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>Tokens of the prompt; null when the engine did not tell them.</summary>
    public required int? PromptTokens { get; init; }

    /// <summary>Tokens that it must have generated, as far as it is seen from here.</summary>
    public required int Tokens { get; init; }

    /// <summary>What the engine says that it cost; null when it ended before it was told.</summary>
    public required GenerationUsage? Usage { get; init; }

    /// <summary>It never came to an engine: it was refused, or nobody was there.</summary>
    public required bool NeverRan { get; init; }

    public static AttemptRecord Of(Replica replica, AttemptKind kind, AttemptResult result) => new()
    {
        Replica = replica.Id,
        Address = replica.Address,
        Id = result.Progress.Id,
        Instance = result.Progress.Instance ?? replica.Live.Status?.Instance,
        Kind = kind,
        Outcome = result.Outcome,
        PromptTokens = result.Progress.PromptTokens,
        Tokens = result.Progress.Generated,
        Usage = result.Progress.Usage,
        NeverRan = result.Status >= 400 || result.Outcome is AttemptOutcome.ConnectFailed or AttemptOutcome.Unproven,
    };
}
