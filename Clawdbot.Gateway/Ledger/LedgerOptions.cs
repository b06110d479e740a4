using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Ledger;

/// <summary>Where is written down what each request got and what it cost. Section <c>Ledger</c>.</summary>
internal sealed class LedgerOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Ledger";

    /// <summary>The file, a line of JSON for each request. Empty: none.</summary>
    public string Path { get; set; } = "";

    /// <summary>A file that would grow beyond this is kept under its name and <c>.1</c>, and a new one begun; mebibytes.</summary>
    [Range(1, 65_536)]
    public int FileMebibytes { get; set; } = 64;

    /// <summary>Files kept, the newest included.</summary>
    [Range(1, 1000)]
    public int Files { get; set; } = 8;
}
