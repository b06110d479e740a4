using System.Security.Cryptography;
using Clawdbot.ServiceDefaults.Pictures;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>
/// Hashes that identify the pictures of a request to gateway and shim, over the same bytes of the same body. They are computed when first
/// asked for, because pictures may have tens of megabytes and their hashes are rarely needed. Not thread-safe.
/// </summary>
/// <param name="urls">
/// The pictures' data URIs: the insides of their JSON strings, as they stand in the body. The body must outlive this.
/// </param>
/// <param name="forms">By number, those whose base64 is sent on in another form than it stands in the body; null for none.</param>
public sealed class PictureHashes(
    IReadOnlyList<ReadOnlyMemory<byte>> urls, IReadOnlyDictionary<int, Base64Form>? forms = null)
{
    private string[]? _all;

    /// <summary>The hash of each picture, in the request's order.</summary>
    public IReadOnlyList<string> All => _all ??= [.. urls.Select((u, i) =>
        forms is not null && forms.TryGetValue(i, out var form) ? Of(u.Span, form) : Of(u.Span))];

    /// <summary>Whether any of them is among <paramref name="hashes"/>.</summary>
    public bool Any(IReadOnlyList<string> hashes)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        foreach (var hash in All)
        {
            for (var i = 0; i < hashes.Count; i++)
            {
                if (hashes[i] == hash)
                    return true;
            }
        }
        return false;
    }

    /// <summary>
    /// The hash of one picture: 32 hexadecimal digits over what follows the data URI's comma. The media type before it is left out,
    /// because the sender may write any.
    /// </summary>
    public static string Of(ReadOnlySpan<byte> url)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(url[(url.IndexOf((byte)',') + 1)..], hash);
        return Convert.ToHexStringLower(hash[..16]);
    }

    /// <summary>The same for a picture that is sent on in standard form: over the bytes that are sent.</summary>
    private static string Of(ReadOnlySpan<byte> url, Base64Form form)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> some = stackalloc byte[4096];
        for (var data = url[(url.IndexOf((byte)',') + 1)..]; data.Length > 0; data = data[Math.Min(data.Length, some.Length)..])
        {
            var piece = data[..Math.Min(data.Length, some.Length)];
            Base64Form.ToStandard(piece, some);
            hash.AppendData(some[..piece.Length]);
        }
        hash.AppendData("=="u8[..form.Padding]);
        return Convert.ToHexStringLower(hash.GetHashAndReset()[..16]);
    }
}
