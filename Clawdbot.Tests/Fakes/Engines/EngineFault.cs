namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>How a faked engine misbehaves in one generation; what that looks like is the dialect's.</summary>
internal enum EngineFaultKind
{
    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>The same before the headers.</summary>
    ResetAtOnce,

    /// <summary>The stream ends as if all were said, without its end.</summary>
    Cut,

    /// <summary>Nothing more comes until <see cref="EngineFault.Until"/>.</summary>
    Silence,

    /// <summary>The same, with a comment at each <see cref="EngineCore.Beat"/>.</summary>
    Comments,

    /// <summary>Comments as before, then an error under status 200 with <see cref="EngineFault.Status"/> in it.</summary>
    CommentsAndError,

    /// <summary>The same before the headers: the request was taken, and nothing runs.</summary>
    DeadInput,

    /// <summary>An error under status 200.</summary>
    ErrorEvent,

    /// <summary>Half an event, then the end.</summary>
    HalfEvent,

    /// <summary>An event that is not the dialect's.</summary>
    Malformed,

    /// <summary>Status 200 and nothing at all.</summary>
    Empty,

    /// <summary>A whole answer without a token: its reason is <see cref="EngineFault.Message"/>, and it counts none.</summary>
    Nothing,

    /// <summary>Status 200 and a web page.</summary>
    WebPage,

    /// <summary><see cref="EngineFault.Status"/> and an error in the dialect.</summary>
    Refusal,

    /// <summary>Tokens without end.</summary>
    Endless,

    /// <summary>The whole answer, but not what it cost and not the end.</summary>
    NoUsage,

    /// <summary>The client leaves, and the place stays taken.</summary>
    Leak,
}

/// <param name="Kind">What.</param>
/// <param name="AfterTokens">Tokens that come before it.</param>
internal sealed record EngineFault(EngineFaultKind Kind, int AfterTokens = 0)
{
    /// <summary>HTTP status of a refusal.</summary>
    public int Status { get; init; } = 500;

    /// <summary>When to come again, by the refusal: seconds, or <c>date</c> for 37 s as an HTTP date; null for no such header.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>The refusal's words.</summary>
    public string Message { get; init; } = "planted";

    /// <summary>Ends a silence; it goes on then.</summary>
    public Task Until { get; init; } = new TaskCompletionSource().Task;
}
