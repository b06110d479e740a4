using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>What a run does next.</summary>
internal enum FailoverAction
{
    /// <summary>Makes an attempt: the first one, one that begins anew, or one that continues the answer.</summary>
    Attempt,

    /// <summary>Asks a second replica too, because the first token of the first one is late.</summary>
    Hedge,

    /// <summary>Waits for the attempt that is running.</summary>
    Listen,

    /// <summary>Waits for a replica.</summary>
    Wait,

    /// <summary>Gives its place back and waits in the admission queue for another one: the replicas it was sent to are full.</summary>
    Requeue,

    /// <summary>Ends the run.</summary>
    End,
}

/// <summary>A decision of <see cref="FailoverPolicy"/>.</summary>
internal readonly record struct FailoverDecision
{
    /// <summary>What to do.</summary>
    public required FailoverAction Action { get; init; }

    /// <summary>How the attempt that is made or waited for relates to what the client has; null where none follows.</summary>
    public AttemptKind? Kind { get; init; }

    /// <summary>The longest time to wait.</summary>
    public TimeSpan Limit { get; init; }

    /// <summary>Why the run ends.</summary>
    public EndReason Reason { get; init; }

    /// <summary>Whether the attempt is paid from the retry budget.</summary>
    public bool IsPaid { get; init; }

    /// <summary>Waits for the attempt that is running.</summary>
    public static FailoverDecision Listen => new() { Action = FailoverAction.Listen, Kind = AttemptKind.Fresh };

    /// <summary>Asks a second replica.</summary>
    public static FailoverDecision Hedge => new() { Action = FailoverAction.Hedge, Kind = AttemptKind.Fresh };

    /// <summary>Makes an attempt.</summary>
    public static FailoverDecision Attempt(AttemptKind kind) => new() { Action = FailoverAction.Attempt, Kind = kind };

    /// <summary>Waits for a replica that can take an attempt of this kind.</summary>
    public static FailoverDecision Wait(AttemptKind kind, TimeSpan limit) =>
        new() { Action = FailoverAction.Wait, Kind = kind, Limit = limit };

    /// <summary>Goes back to the admission queue.</summary>
    public static FailoverDecision Requeue(AttemptKind kind, TimeSpan limit) =>
        new() { Action = FailoverAction.Requeue, Kind = kind, Limit = limit };

    /// <summary>Ends the run.</summary>
    public static FailoverDecision End(EndReason reason) => new() { Action = FailoverAction.End, Reason = reason };

    /// <inheritdoc/>
    public override string ToString() => Action switch
    {
        FailoverAction.Attempt when Kind == AttemptKind.Fresh => "Retry",
        FailoverAction.Attempt => $"Continue({AttemptKinds.Name(Kind!.Value)})",
        FailoverAction.Wait => $"Wait({AttemptKinds.Name(Kind!.Value)})",
        FailoverAction.End => $"End({Reason})",
        _ => Action.ToString(),
    };
}
