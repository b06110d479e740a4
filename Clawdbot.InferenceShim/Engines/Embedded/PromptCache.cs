using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>
/// Keeps what was read before, as engines on a GPU do: the facts of pictures and the token counts of the beginnings of conversations. What
/// is found is not read again. Thread-safe.
/// </summary>
internal sealed class PromptCache(EmbeddedEngineOptions options)
{
    private readonly LruCache<PictureFacts> _pictures = new(options.CachedPictures);
    private readonly LruCache<int> _beginnings = new(options.CachedPictures * 16);
    private long _asked;
    private long _found;

    /// <summary>Share of prompt tokens (0..1) found in the cache since the start; null before the first prompt.</summary>
    public double? HitRate => Interlocked.Read(ref _asked) is > 0 and var asked ? (double)Interlocked.Read(ref _found) / asked : null;

    /// <summary>
    /// The key of some bytes that follow what <paramref name="before"/> is the key of. It is a hash of all of them: two pictures with one
    /// key would give a wrong answer.
    /// </summary>
    public static UInt128 Key(UInt128 before, ReadOnlySpan<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(in before)));
        hash.AppendData(bytes);
        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(sum);
        return MemoryMarshal.Read<UInt128>(sum);
    }

    /// <summary>The facts of a picture; null when they are not kept.</summary>
    public PictureFacts? Picture(UInt128 key) => _pictures.TryGet(key, out var facts) ? facts : null;

    /// <summary>Keeps the facts of a measured picture.</summary>
    public void Measured(UInt128 key, PictureFacts facts) => _pictures.Add(key, facts);

    /// <summary>The number of tokens in the last message of a beginning; null when it is not kept.</summary>
    public int? Tokens(UInt128 key) => _beginnings.TryGet(key, out var tokens) ? tokens : null;

    /// <summary>Keeps the number of tokens in the last message of a beginning.</summary>
    public void Counted(UInt128 key, int tokens) => _beginnings.Add(key, tokens);

    /// <summary>Counts a prompt that was read, and how many of its tokens were found in the cache.</summary>
    public void Read(int tokens, int found)
    {
        Interlocked.Add(ref _asked, tokens);
        Interlocked.Add(ref _found, found);
    }
}
