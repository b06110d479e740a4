using System.Text.RegularExpressions;

namespace Clawdbot.Gateway.Auth;

/// <summary>Who may call. Section <c>Auth</c>; changes apply without a restart.</summary>
internal sealed class AuthOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Auth";

    /// <summary>Keys, as hashes. None: only this machine is served, unless <see cref="AllowAnonymous"/>.</summary>
    public IList<ApiKeyOptions> Keys { get; } = [];

    /// <summary>Serve anybody who can connect when there are no keys. Read at start.</summary>
    public bool AllowAnonymous { get; set; }
}

/// <summary>One API key.</summary>
internal sealed partial class ApiKeyOptions
{
    /// <summary>Whose key it is.</summary>
    public string Tenant { get; set; } = "";

    /// <summary>SHA-256 of the key, 64 hex digits.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>Whether it opens the admin verbs and the kill button.</summary>
    public bool Admin { get; set; }

    /// <summary>Highest priority that its requests may ask for, and theirs when they ask for none.</summary>
    public Priority Priority { get; set; } = Priority.Normal;

    /// <summary>The tenant's part when more is wanted than there is, 1 to 1000: places are shared out in proportion.</summary>
    public int Share { get; set; } = 1;

    /// <summary>Requests of the tenant under way at once, at most, on all gateways that share a store; 0 is without limit.</summary>
    public int Concurrent { get; set; }

    /// <summary>Requests of the tenant in a minute, at most; 0 is without limit.</summary>
    public int RequestsPerMinute { get; set; }

    /// <summary>Tokens of the tenant's prompts and answers in a minute, at most; 0 is without limit.</summary>
    public int TokensPerMinute { get; set; }

    /// <summary>What whoever brings it may take.</summary>
    public Allowance ToAllowance() => new(Priority, Priority, Share, Quota.Of(Concurrent, RequestsPerMinute, TokensPerMinute));

    /// <summary>What is wrong with it, or null.</summary>
    public string? Problem(int index) =>
        string.IsNullOrEmpty(Tenant) ? $"Auth:Keys:{index}:Tenant is empty."
        : !Hash().IsMatch(Sha256 ?? "") ? $"Auth:Keys:{index}:Sha256 is not 64 hex digits. Make it with: printf %s \"$KEY\" | sha256sum"
        : !Enum.IsDefined(Priority) ? $"Auth:Keys:{index}:Priority must be high, normal or low."
        : Share is < 1 or > 1000 ? $"Auth:Keys:{index}:Share must be 1 to 1000."
        : Concurrent < 0 || RequestsPerMinute < 0 || TokensPerMinute < 0 ? $"Auth:Keys:{index}: Concurrent, RequestsPerMinute and TokensPerMinute must not be negative; 0 is without limit."
        : null;

    [GeneratedRegex("^[0-9a-fA-F]{64}$")]
    private static partial Regex Hash();
}
