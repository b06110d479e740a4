namespace Clawdbot.Testing.Load;

/// <summary>What a client saw of one answer.</summary>
internal sealed record ObservedAnswer
{
    /// <summary><see cref="Break"/> of an answer that nothing more came of.</summary>
    public const string Silence = "nothing more came";

    public int Status { get; init; }
    public string Id { get; init; } = "";
    public string Text { get; init; } = "";
    public string? Finish { get; init; }
    public int? CompletionTokens { get; init; }
    public int? PromptTokens { get; init; }

    /// <summary>Ended as an answer ends: <c>[DONE]</c>, or a whole document.</summary>
    public bool Whole { get; init; }

    public string? ErrorCode { get; init; }
    public int RoleDeltas { get; init; }
    public int Ids { get; init; }
    public int? RetryAfter { get; init; }
    public int Attempts { get; init; }

    /// <summary>The gateway says that it is not quite what it would have been undisturbed.</summary>
    public bool Approximate { get; init; }

    /// <summary>How each failed attempt was replaced, such as <c>exact</c>.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];
    public IReadOnlyList<double> Silences { get; init; } = [];

    /// <summary>Milliseconds from the sending to the first text of a stream; null when none came.</summary>
    public double? FirstText { get; init; }

    /// <summary>The longest time between two pieces of text of a stream, milliseconds; null for fewer than two.</summary>
    public double? LongestGap { get; init; }

    /// <summary>Pieces of text of a stream.</summary>
    public int Pieces { get; init; }

    /// <summary>In words how it broke, where it did.</summary>
    public string Break { get; init; } = "";

    /// <summary>What must be the same whatever happened on the way.</summary>
    public (string Text, string? Finish, int? Prompt, int? Completion) Content => (Text, Finish, PromptTokens, CompletionTokens);
}
