namespace Clawdbot.Gateway.Auth;

/// <param name="Tenant">Whose request it is.</param>
/// <param name="IsAdmin">Whether admin verbs and the kill button are open.</param>
internal sealed record Caller(string Tenant, bool IsAdmin)
{
    /// <summary>What it may take.</summary>
    public Allowance Allowance { get; init; } = Allowance.Keyless;
}

/// <summary>Why a caller was not let in.</summary>
internal enum Refusal
{
    /// <summary>Was let in.</summary>
    None,

    /// <summary>Brought no key.</summary>
    MissingKey,

    /// <summary>Brought a key that nobody has.</summary>
    WrongKey,

    /// <summary>There are no keys, and the caller is not on this machine, or not evidently.</summary>
    NotLocal,
}
