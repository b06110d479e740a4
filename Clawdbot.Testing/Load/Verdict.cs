namespace Clawdbot.Testing.Load;

/// <summary>The result of comparing an answer with the known one.</summary>
internal enum Verdict
{
    /// <summary>The known answer: text, finish reason, usage, one role, one id, a proper end.</summary>
    Right,

    /// <summary>429 or 503 with a <c>Retry-After</c>: the request was refused, and the client was told.</summary>
    Refused,

    /// <summary>An error status, an error event, or a stream that broke: the client knows that it has no answer.</summary>
    Failed,

    /// <summary>Nothing more came before the client's patience ended.</summary>
    Hung,

    /// <summary>The answer ends early and looks complete. From this value on the client takes a wrong answer for right.</summary>
    Truncated,

    /// <summary>Something from the middle is missing.</summary>
    Lost,

    /// <summary>Something came twice.</summary>
    Duplicated,

    /// <summary>All came, in another order.</summary>
    Reordered,

    /// <summary>The text differs from the known one in another way, or the answer is empty.</summary>
    Altered,

    /// <summary>The text is right; its frame is not: usage, finish reason, a second role or id.</summary>
    Misframed,
}

/// <summary>Groups of verdicts.</summary>
internal static class Verdicts
{
    /// <summary>The client has a wrong answer and can't know it.</summary>
    public static bool IsQuiet(this Verdict verdict) => verdict >= Verdict.Truncated;
}
