namespace Clawdbot.Gateway.Forwarding;

/// <summary>How an attempt relates to what the client has already.</summary>
internal enum AttemptKind
{
    /// <summary>It begins the answer, of which the client has seen nothing.</summary>
    Fresh,

    /// <summary>It continues from the token ids: the answer stays identical.</summary>
    Exact,

    /// <summary>
    /// It generates the answer again with the same seed. What the client has is compared and not sent again: the answer stays identical.
    /// </summary>
    Replay,

    /// <summary>It continues from the text: the answer is close to what would have come, but not identical.</summary>
    Text,
}

/// <summary>Names of the kinds of attempt.</summary>
internal static class AttemptKinds
{
    /// <summary>The name that metrics, traces and the client's details use for how an attempt was replaced.</summary>
    public static string Name(AttemptKind kind) => kind switch
    {
        AttemptKind.Fresh => "restart",
        AttemptKind.Exact => "exact",
        AttemptKind.Replay => "replay",
        AttemptKind.Text => "text",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
