namespace Clawdbot.Testing.Load;

/// <summary>What a client saw of one answer.</summary>
internal sealed record ObservedAnswer
{
    /// <summary><see cref="Break"/> of an answer of which nothing more came.</summary>
    public const string Silence = "nothing more came";

    public int Status { get; init; }
    public string Id { get; init; } = "";
    public string Text { get; init; } = "";
    public string? Finish { get; init; }
    public int? CompletionTokens { get; init; }
    public int? PromptTokens { get; init; }

    /// <summary>Whether it ended properly, with <c>[DONE]</c> or as a whole document.</summary>
    public bool Whole { get; init; }

    public string? ErrorCode { get; init; }
    public int RoleDeltas { get; init; }
    public int Ids { get; init; }
    public int? RetryAfter { get; init; }
    public int Attempts { get; init; }

    /// <summary>Whether the gateway says that the answer may differ from the undisturbed one.</summary>
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

    /// <summary>How it broke, in words; empty when it did not.</summary>
    public string Break { get; init; } = "";

    /// <summary>The part of an answer that must be equal with and without faults.</summary>
    public (string Text, string? Finish, int? Prompt, int? Completion) Content => (Text, Finish, PromptTokens, CompletionTokens);
}
