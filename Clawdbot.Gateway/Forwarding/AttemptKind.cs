namespace Clawdbot.Gateway.Forwarding;

/// <summary>How an attempt stands to what came before it.</summary>
internal enum AttemptKind
{
    /// <summary>There is nothing before it, or nothing that counts.</summary>
    Fresh,

    /// <summary>It goes on from the token ids: identical.</summary>
    Exact,

    /// <summary>The same again with the same seed, compared with what the client has and kept from it until past that: identical.</summary>
    Replay,

    /// <summary>It goes on from the text: near to what would have come.</summary>
    Text,
}

/// <summary>What they are called.</summary>
internal static class AttemptKinds
{
    /// <summary>In metrics, traces and the client's details: how an attempt was replaced.</summary>
    public static string Name(AttemptKind kind) => kind switch
    {
        AttemptKind.Fresh => "restart",
        AttemptKind.Exact => "exact",
        AttemptKind.Replay => "replay",
        AttemptKind.Text => "text",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
