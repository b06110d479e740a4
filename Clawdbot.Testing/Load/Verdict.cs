namespace Clawdbot.Testing.Load;

/// <summary>What an answer turned out to be, held against the one that is known.</summary>
internal enum Verdict
{
    /// <summary>The known answer: text, finish reason, usage, one role, one id, a proper end.</summary>
    Right,

    /// <summary>429 or 503 with a <c>Retry-After</c>: shed, and told so. Not available, and not a lie.</summary>
    Refused,

    /// <summary>An error status, an error event, or a stream that broke: the client knows that it has no answer.</summary>
    Failed,

    /// <summary>Nothing more came before the client's patience ended.</summary>
    Hung,

    /// <summary>Ends early, and looks complete. From here on: the client believes in a wrong answer.</summary>
    Truncated,

    /// <summary>Something from the middle is missing.</summary>
    Lost,

    /// <summary>Something came twice.</summary>
    Duplicated,

    /// <summary>All came, in another order.</summary>
    Reordered,

    /// <summary>Another text than the known one: a success that is none.</summary>
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
