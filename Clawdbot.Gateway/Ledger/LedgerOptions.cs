using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Ledger;

/// <summary>Where the gateway records what each request got and what it cost. Section <c>Ledger</c>.</summary>
internal sealed class LedgerOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Ledger";

    /// <summary>File that gets a line of JSON for each request; empty turns the ledger off.</summary>
    public string Path { get; set; } = "";

    /// <summary>Size, in mebibytes, beyond which a file is renamed to <c>.1</c> and a new one begun.</summary>
    [Range(1, 65_536)]
    public int FileMebibytes { get; set; } = 64;

    /// <summary>Number of files kept, the newest included.</summary>
    [Range(1, 1000)]
    public int Files { get; set; } = 8;
}
