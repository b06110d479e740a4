namespace Clawdbot.Gateway.Auth;

/// <summary>Who goes first where not everybody can. Ascending.</summary>
internal enum Priority
{
    /// <summary>Work that can wait, such as batches; it is refused first.</summary>
    Low,

    /// <summary>Ordinary requests.</summary>
    Normal,

    /// <summary>Requests that go before all others.</summary>
    High,
}
