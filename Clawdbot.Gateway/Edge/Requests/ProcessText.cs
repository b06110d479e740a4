namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>One string of a form.</summary>
/// <param name="Escaped">The JSON string without its quotes, as it stands in the body.</param>
/// <param name="IsUri">Whether it begins as a data URI does.</param>
/// <param name="Base64Length">Its length if it is base64 without spaces; else 0.</param>
internal readonly record struct ProcessText(ReadOnlyMemory<byte> Escaped, bool IsUri, int Base64Length)
{
    /// <summary>Whether it is a data URI, or base64 of at least so many characters.</summary>
    public bool IsPicture(int shortest) => IsUri || Base64Length >= shortest;
}
