using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>Whether there is a replica for an attempt.</summary>
internal enum Availability
{
    /// <summary>No replica is known that could ever take the attempt.</summary>
    None,

    /// <summary>A replica could, but it is out of rotation: ejected, starting, or draining.</summary>
    Away,

    /// <summary>A replica could, but it has no room or said when to come again.</summary>
    Busy,

    /// <summary>A replica can take it now.</summary>
    Ready,
}

/// <summary>
/// The fleet as one request sees it at the time of a decision. Replicas that refused to continue this answer are not counted.
/// </summary>
internal readonly record struct FleetView
{
    /// <summary>Whether there is a replica for an attempt from the beginning.</summary>
    public Availability Fresh { get; init; }

    /// <summary>Whether there is a replica for a continuation by token ids.</summary>
    public Availability Exact { get; init; }

    /// <summary>Whether there is a replica that can generate the same again, to be compared with what the client has.</summary>
    public Availability Replay { get; init; }

    /// <summary>Whether there is a replica for a continuation by text.</summary>
    public Availability Text { get; init; }

    /// <summary>Whether a replica that could serve is being started again, which is worth a longer wait.</summary>
    public bool IsReturning { get; init; }

    /// <summary>Time until the first busy replica takes requests again, by its own word; null when none said.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether a busy replica did not say when to come again, so that it may have room at any time.</summary>
    public bool MayOpenAnyTime { get; init; }

    /// <summary>
    /// How long it may take until a replica is known to take requests that is closed for what it said to another request; null: there is
    /// none such.
    /// </summary>
    public TimeSpan? MayReopenWithin { get; init; }

    /// <summary>Whether another replica is healthy and has room, so that the fleet does not fail as a whole.</summary>
    public bool OthersAreWell { get; init; }

    /// <summary>Whether the retry budget pays for one more attempt.</summary>
    public bool BudgetLeft { get; init; }

    /// <summary>Whether a second replica has room, no request waits for a place, and the retry budget allows a hedge.</summary>
    public bool MayHedge { get; init; }

    /// <summary>Whether there is a replica for an attempt of this kind.</summary>
    public Availability For(AttemptKind kind) => kind switch
    {
        AttemptKind.Exact => Exact,
        AttemptKind.Replay => Replay,
        AttemptKind.Text => Text,
        _ => Fresh,
    };

    /// <summary>The same view, with the availability for attempts of this kind.</summary>
    public FleetView With(AttemptKind kind, Availability availability) => kind switch
    {
        AttemptKind.Exact => this with { Exact = availability },
        AttemptKind.Replay => this with { Replay = availability },
        AttemptKind.Text => this with { Text = availability },
        _ => this with { Fresh = availability },
    };
}
