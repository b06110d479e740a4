using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>Refuses the start of a gateway that could not write large bodies to its disk.</summary>
internal sealed class SpoolRule : IValidateOptions<EdgeOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, EdgeOptions options)
    {
        try
        {
            Spool.Open(Spool.Folder(options)).Dispose();
            return ValidateOptionsResult.Success;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return ValidateOptionsResult.Fail("Request bodies for which memory has no room are kept in Edge:SpoolDirectory, and no "
                + $"file can be made there ({fault.Message}). "
                + "Set it to a folder on a disk that this gateway may write to.");
        }
    }
}
