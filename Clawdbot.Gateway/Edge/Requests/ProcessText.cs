namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>One text of a form.</summary>
/// <param name="Escaped">The inside of the JSON string, as it stands in the body.</param>
/// <param name="IsUri">It begins as a data URI does.</param>
/// <param name="Base64Length">Its length if it is pure base64, without a space (words between spaces are not); else 0.</param>
internal readonly record struct ProcessText(ReadOnlyMemory<byte> Escaped, bool IsUri, int Base64Length)
{
    /// <summary>Whether it is a data URI, or base64 that is at least so long.</summary>
    public bool IsPicture(int shortest) => IsUri || Base64Length >= shortest;
}
