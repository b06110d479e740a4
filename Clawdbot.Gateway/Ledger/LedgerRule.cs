using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Ledger;

/// <summary>Fails the start of the gateway when the ledger's file can't be written.</summary>
internal sealed class LedgerRule : IValidateOptions<LedgerOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, LedgerOptions options)
    {
        if (options.Path.Length == 0)
            return ValidateOptionsResult.Success;
        try
        {
            LedgerFile.Open(options.Path).Dispose();
            return ValidateOptionsResult.Success;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return ValidateOptionsResult.Fail($"The ledger can't be written to Ledger:Path ({fault.Message}). "
                + "Name a file in a folder that this gateway may write to, or none.");
        }
    }
}
