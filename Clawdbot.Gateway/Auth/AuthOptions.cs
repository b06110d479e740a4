using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Clawdbot.Gateway.Auth;

/// <summary>Who may send requests; changes to <c>Auth:Keys</c> apply without a restart. Section <c>Auth</c>.</summary>
internal sealed class AuthOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Auth";

    /// <summary>API keys, as hashes; without any, only this machine is served, unless <see cref="AllowAnonymous"/> is true.</summary>
    public IList<ApiKeyOptions> Keys { get; } = [];

    /// <summary>Whether a gateway without keys serves everybody who can connect to it; it is read only at the start.</summary>
    public bool AllowAnonymous { get; set; }
}

/// <summary>One API key and the limits of its tenant.</summary>
internal sealed partial class ApiKeyOptions
{
    private const int LargestShare = 1000;

    /// <summary>Name of the tenant whose key this is.</summary>
    [Required]
    public string Tenant { get; set; } = "";

    /// <summary>SHA-256 hash of the key, 64 hexadecimal digits; <c>printf %s "$KEY" | sha256sum</c> prints it.</summary>
    [Required]
    public string Sha256 { get; set; } = "";

    /// <summary>Whether the key opens the admin verbs and the kill button of the status page.</summary>
    public bool Admin { get; set; }

    /// <summary>Highest priority that a request with this key may ask for, and the priority of a request that asks for none.</summary>
    public Priority Priority { get; set; } = Priority.Normal;

    /// <summary>Weight of the tenant when places are scarce: twice the share is twice the places.</summary>
    [Range(1, LargestShare)]
    public int Share { get; set; } = 1;

    /// <summary>
    /// Largest number of the tenant's requests under way at once, those that wait included, on all gateways of these replicas together; 0
    /// is no limit.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int Concurrent { get; set; }

    /// <summary>Largest number of the tenant's requests within a sliding minute, on all these gateways together; 0 is no limit.</summary>
    [Range(0, int.MaxValue)]
    public int RequestsPerMinute { get; set; }

    /// <summary>Largest number of tokens of the tenant's prompts and answers within a sliding minute; 0 is no limit.</summary>
    [Range(0, int.MaxValue)]
    public int TokensPerMinute { get; set; }

    /// <summary>The allowance of callers with this key.</summary>
    public Allowance ToAllowance() => new(Priority, Priority, Share, Quota.Of(Concurrent, RequestsPerMinute, TokensPerMinute));

    /// <summary>What is wrong with this key; null when nothing is.</summary>
    public string? Problem(int index) =>
        string.IsNullOrEmpty(Tenant) ? $"Auth:Keys:{index}:Tenant is empty."
        : !Hash().IsMatch(Sha256 ?? "") ? $"Auth:Keys:{index}:Sha256 is not 64 hex digits. Make it with: printf %s \"$KEY\" | sha256sum"
        : !Enum.IsDefined(Priority) ? $"Auth:Keys:{index}:Priority must be high, normal or low."
        : Share is < 1 or > LargestShare ? $"Auth:Keys:{index}:Share must be 1 to {LargestShare}."
        : Concurrent < 0 || RequestsPerMinute < 0 || TokensPerMinute < 0
            ? $"Auth:Keys:{index}: Concurrent, RequestsPerMinute and TokensPerMinute must not be negative; 0 is without limit."
        : null;

    [GeneratedRegex("^[0-9a-fA-F]{64}$")]
    private static partial Regex Hash();
}
