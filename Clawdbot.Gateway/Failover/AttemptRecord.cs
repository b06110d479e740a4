using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Failover;

/// <summary>One attempt that ended, as the ledger and the client's details show it.</summary>
internal sealed record AttemptRecord
{
    /// <summary>Id of the replica that was asked.</summary>
    public required string Replica { get; init; }

    /// <summary>Address of the replica; null while it has none.</summary>
    public required Uri? Address { get; init; }

    /// <summary>The attempt's id, by which its shim knows it.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// Id of the shim process that answered; when nothing came, the one of the replica's last status; null when there was none.
    /// </summary>
    public required string? Instance { get; init; }

    /// <summary>How it relates to the attempts before it.</summary>
    public required AttemptKind Kind { get; init; }

    /// <summary>How it ended.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>Tokens of the prompt; null when the engine did not tell them.</summary>
    public required int? PromptTokens { get; init; }

    /// <summary>Tokens that it generated at least, as far as the gateway saw them.</summary>
    public required int Tokens { get; init; }

    /// <summary>The tokens that it cost by the engine's count; null when it ended before the engine reported them.</summary>
    public required GenerationUsage? Usage { get; init; }

    /// <summary>Whether it never reached an engine, because it was refused or could not connect.</summary>
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
