using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>Whether there is a replica for an attempt.</summary>
internal enum Availability
{
    /// <summary>No replica is known that could ever take it.</summary>
    None,

    /// <summary>One could, but it is out of rotation: ejected, starting, or draining.</summary>
    Away,

    /// <summary>One could, but it has no room or said when to come again.</summary>
    Busy,

    /// <summary>One can, now.</summary>
    Ready,
}

/// <summary>
/// The fleet as one request sees it at the time of a decision. Replicas that refused to continue this answer are not counted.
/// </summary>
internal readonly record struct FleetView
{
    /// <summary>For an attempt from the beginning.</summary>
    public Availability Fresh { get; init; }

    /// <summary>For a continuation by token ids.</summary>
    public Availability Exact { get; init; }

    /// <summary>For generating the same again, which is compared with what the client has.</summary>
    public Availability Replay { get; init; }

    /// <summary>For a continuation by text.</summary>
    public Availability Text { get; init; }

    /// <summary>One of those that are away is being started again: it is worth a longer wait.</summary>
    public bool IsReturning { get; init; }

    /// <summary>When the first of the busy ones said to come again; null when none said.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>One of the busy ones did not say when to come again: it may have room at any time.</summary>
    public bool MayOpenAnyTime { get; init; }

    /// <summary>Another replica has room and nothing is held against it: the fleet does not fail as a whole.</summary>
    public bool OthersAreWell { get; init; }

    /// <summary>The retry budget pays for one more attempt.</summary>
    public bool BudgetLeft { get; init; }

    /// <summary>A second replica has room, nobody waits for a place, and the retry budget allows a hedge.</summary>
    public bool MayHedge { get; init; }

    /// <summary>Whether there is a replica for an attempt of this kind.</summary>
    public Availability For(AttemptKind kind) => kind switch
    {
        AttemptKind.Exact => Exact,
        AttemptKind.Replay => Replay,
        AttemptKind.Text => Text,
        _ => Fresh,
    };

    /// <summary>The same, with what there is for attempts of this kind.</summary>
    public FleetView With(AttemptKind kind, Availability availability) => kind switch
    {
        AttemptKind.Exact => this with { Exact = availability },
        AttemptKind.Replay => this with { Replay = availability },
        AttemptKind.Text => this with { Text = availability },
        _ => this with { Fresh = availability },
    };
}
