namespace Clawdbot.Gateway.Auth;

/// <summary>Who sent a request.</summary>
/// <param name="Tenant">Name of the tenant.</param>
/// <param name="IsAdmin">Whether it may use the admin verbs and the kill button.</param>
internal sealed record Caller(string Tenant, bool IsAdmin)
{
    /// <summary>Its priority, weight and limits.</summary>
    public Allowance Allowance { get; init; } = Allowance.Keyless;
}

/// <summary>Why a caller is refused.</summary>
internal enum Refusal
{
    /// <summary>It is not refused.</summary>
    None,

    /// <summary>It sent no key.</summary>
    MissingKey,

    /// <summary>It sent a key that is not configured.</summary>
    WrongKey,

    /// <summary>No keys are configured, and the caller is not certainly on this machine.</summary>
    NotLocal,
}
