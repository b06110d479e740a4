namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>How an engine goes on with an answer that began elsewhere.</summary>
public enum ContinuationKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>From the text so far: near to what would have come, and not the same.</summary>
    Text,

    /// <summary>From the token ids so far: exactly.</summary>
    Ids,
}
