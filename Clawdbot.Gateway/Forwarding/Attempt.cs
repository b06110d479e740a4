using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>One attempt at an answer, on one replica.</summary>
internal sealed record Attempt
{
    /// <summary>The replica that is asked.</summary>
    public required Replica Replica { get; init; }

    /// <summary>How it relates to what the client has already.</summary>
    public required AttemptKind Kind { get; init; }

    /// <summary>What is asked for.</summary>
    public required GenerationRequest Request { get; init; }

    /// <summary>The state of the answer, which the attempt updates.</summary>
    public required ResponseState Response { get; init; }

    /// <summary>Writes the answer.</summary>
    public required IResponseWriter Writer { get; init; }

    /// <summary>Is told of the first token.</summary>
    public required IAttemptObserver Observer { get; init; }

    /// <summary>Cancelled when the client leaves.</summary>
    public required CancellationToken Client { get; init; }

    /// <summary>Cancelled when the request's time is over.</summary>
    public required CancellationToken Deadline { get; init; }

    /// <summary>Decides between this attempt and a hedge; null where there can be none.</summary>
    public HedgeArbiter? Arbiter { get; init; }

    /// <summary>Whether it was begun because the first token of another one is late.</summary>
    public bool IsHedge { get; init; }
}
