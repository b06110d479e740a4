namespace Clawdbot.Testing.Load;

/// <summary>The outcome of one request of a run. Times in milliseconds.</summary>
internal sealed record Sample
{
    /// <summary>When it was due, from the run's start. Other times are measured from here, not from when it was sent.</summary>
    public required double Due { get; init; }

    /// <summary><see cref="Load.Question.Name"/>.</summary>
    public required string Question { get; init; }

    public required bool Stream { get; init; }

    /// <summary>The flood's tenant that sent it; empty for the main load.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Seconds of the <c>Retry-After</c> header; null without one.</summary>
    public int? RetryAfter { get; init; }

    public required Verdict Verdict { get; init; }

    /// <summary>What was wrong, in words; empty when nothing was.</summary>
    public string Detail { get; init; } = "";

    /// <summary>HTTP status; 0 when there was none.</summary>
    public int Status { get; init; }

    /// <summary>From <see cref="Due"/> to the first text; null for an answer that is not streamed, or had none.</summary>
    public double? FirstToken { get; init; }

    /// <summary>From <see cref="Due"/> to the end.</summary>
    public required double Total { get; init; }

    /// <summary>The longest time between two pieces of text of a stream.</summary>
    public double? LongestGap { get; init; }

    /// <summary>Pieces of text of a stream.</summary>
    public int Pieces { get; init; }

    /// <summary>Completion tokens, from the answer's usage.</summary>
    public int Tokens { get; init; }

    /// <summary>Attempts, where the server reports them.</summary>
    public int Attempts { get; init; }

    /// <summary>Silence of each failover in mid-answer, where the server reports it.</summary>
    public IReadOnlyList<double> Silences { get; init; } = [];
}
