using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>
/// A small reversible tokenizer. Ids 0..255 are the single bytes, so that every text has tokens; further ids are the
/// pieces of <see cref="Vocabulary"/>. The bytes of the tokens, one after the other, are the UTF-8 bytes of the text. A
/// character outside of the vocabulary is spread over several tokens, as in the large models' tokenizers.
/// </summary>
internal sealed class Tokenizer
{
    private const int SingleBytes = 256;
    private const int Root = 0;

    private readonly byte[][] _pieces;

    // A trie: (node << 8 | byte) leads to the next node; a node may be the end of a piece.
    private readonly FrozenDictionary<int, int> _next;
    private readonly int[] _idAt;

    private Tokenizer(IEnumerable<string> pieces)
    {
        _pieces =
        [
            .. Enumerable.Range(0, SingleBytes).Select(value => new[] { (byte)value }),
            .. pieces.Select(Encoding.UTF8.GetBytes),
        ];
        var next = new Dictionary<int, int>();
        var idAt = new List<int> { -1 };
        for (var id = 0; id < _pieces.Length; id++) idAt[AddPath(_pieces[id], next, idAt)] = id;
        (_next, _idAt) = (next.ToFrozenDictionary(), [.. idAt]);
        Fingerprint = Hash();
    }

    /// <summary>The tokenizer of the embedded engine.</summary>
    public static Tokenizer Default { get; } = new(Vocabulary.Pieces);

    /// <summary>The number of ids; they are 0 .. VocabularySize - 1.</summary>
    public int VocabularySize => _pieces.Length;

    /// <summary>
    /// 16 hexadecimal digits of a SHA-256 over the vocabulary in its order. Where it is the same, ids mean the same bytes.
    /// </summary>
    public string Fingerprint { get; }

    /// <summary>Appends the ids of a text: at each place the longest piece that fits. Lone surrogates count as U+FFFD.</summary>
    public void Encode(string text, ICollection<int> into)
    {
        foreach (var id in Ids(text)) into.Add(id);
    }

    /// <summary>The ids of a text.</summary>
    public int[] Encode(string text) => [.. Ids(text)];

    /// <summary>How many ids a text has.</summary>
    public int Count(string text) => Ids(text).Count();

    /// <summary>The bytes of an id, at least one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public ReadOnlySpan<byte> Bytes(int id)
    {
        if (!Contains(id)) throw new ArgumentOutOfRangeException(nameof(id), id, "No such token.");
        return _pieces[id];
    }

    /// <summary>Whether there is such an id.</summary>
    public bool Contains(int id) => id >= 0 && id < _pieces.Length;

    private static int AddPath(byte[] piece, Dictionary<int, int> next, List<int> idAt)
    {
        var node = Root;
        foreach (var value in piece)
        {
            if (!next.TryGetValue((node << 8) | value, out var child))
            {
                child = idAt.Count;
                idAt.Add(-1);
                next[(node << 8) | value] = child;
            }

            node = child;
        }

        return node;
    }

    private IEnumerable<int> Ids(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var position = 0; position < bytes.Length;)
        {
            var id = LongestAt(bytes, position);
            yield return id;
            position += _pieces[id].Length;
        }
    }

    private int LongestAt(byte[] bytes, int position)
    {
        var (node, longest) = (Root, (int)bytes[position]);
        for (; position < bytes.Length && _next.TryGetValue((node << 8) | bytes[position], out var child); position++)
        {
            node = child;
            if (_idAt[node] >= 0) longest = _idAt[node];
        }

        return longest;
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[1];
        foreach (var piece in _pieces)
        {
            // With its length, so that the border between two pieces counts.
            length[0] = (byte)piece.Length;
            hash.AppendData(length);
            hash.AppendData(piece);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
