using System.Buffers;

namespace Clawdbot.ServiceDefaults.Pictures;

/// <summary>How base64 in a request differs from what engines decode: the standard alphabet, with padding.</summary>
/// <param name="IsUrl">Whether it is in the alphabet for URLs, with <c>-</c> and <c>_</c>.</param>
/// <param name="Padding">Number of <c>=</c> that are missing at its end.</param>
public readonly record struct Base64Form(bool IsUrl, int Padding)
{
    /// <summary>Bytes at each end that are looked at: of any picture, some there have one of the two characters.</summary>
    private const int Edge = 1024;

    private static readonly SearchValues<byte> OfUrls = SearchValues.Create("-_"u8);

    /// <summary>Whether nothing differs.</summary>
    public bool IsStandard => this is { IsUrl: false, Padding: 0 };

    /// <summary>The form of base64 that has no escapes in it. Only its ends are looked at, for it may be long.</summary>
    public static Base64Form Of(ReadOnlySpan<byte> base64)
    {
        var edge = Math.Min(base64.Length, Edge);
        var isUrl = base64[..edge].ContainsAny(OfUrls) || base64[^edge..].ContainsAny(OfUrls);
        return new(isUrl, base64.Length % 4 is var rest and >= 2 ? 4 - rest : 0);
    }

    /// <summary>Writes base64 of the alphabet for URLs in the standard one, byte for byte.</summary>
    public static void ToStandard(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.Replace(to, (byte)'-', (byte)'+');
        to[..from.Length].Replace((byte)'_', (byte)'/');
    }
}
