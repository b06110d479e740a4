namespace Clawdbot.Gateway.Forwarding;

/// <summary>One place where a replica is sent something else than the client's bytes, which stay as they are: they may be large.</summary>
/// <param name="Start">Offset in the body, in bytes.</param>
/// <param name="Length">Number of bytes that are left out.</param>
/// <param name="Text">The bytes sent in their place.</param>
/// <param name="IsUrlForm">
/// Whether these bytes are base64 in the alphabet for URLs, and sent in the standard one instead of <paramref name="Text"/>: a large
/// picture is converted while it is sent, and not held a second time.
/// </param>
internal readonly record struct BodyEdit(int Start, int Length, ReadOnlyMemory<byte> Text, bool IsUrlForm = false)
{
    /// <summary>Number of bytes that are sent.</summary>
    public int Sent => IsUrlForm ? Length : Text.Length;
}
