namespace Clawdbot.Gateway.Auth;

/// <summary>Class of a request, which decides the order when places are scarce. Ascending.</summary>
internal enum Priority
{
    /// <summary>Work that can wait, such as batches; it is refused first.</summary>
    Low,

    /// <summary>Ordinary requests.</summary>
    Normal,

    /// <summary>Requests that go before all others.</summary>
    High,
}
