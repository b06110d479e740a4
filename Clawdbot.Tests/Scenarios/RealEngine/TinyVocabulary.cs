using System.Text;

namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>
/// A byte-pair vocabulary of made-up words, Chinese characters and emoji. A word is joined from its beginning, byte by byte, so that the
/// tokens of an answer and the tokens of its text are the same.
/// </summary>
internal sealed class TinyVocabulary
{
    public const string End = "<|im_end|>";
    public const string Padding = "<|endoftext|>";

    private const int Words = 1500;
    private const int Normal = 1;
    private const int Control = 3;

    private static readonly string[] Special =
        [Padding, "<|im_start|>", End, "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|vision_pad|>"];

    private static readonly string[] Beginnings = "b br d f fl g gr h k l m n p pl r s st t tr v w".Split(' ');
    private static readonly string[] Middles = "a e i o u ai ea ou oo".Split(' ');
    private static readonly string[] Ends = " n r l m t st nd rd ck ve".Split(' ');

    private static readonly string[] Others =
        [",", ".", " the", " of", " and", " a", "\n", .. Enumerable.Range(0x4e00, 150).Select(c => $"{(char)c}"), "🙂", "🚢", "🌊"];

    private readonly List<string> _tokens = [];
    private readonly List<string> _merges = [];
    private readonly HashSet<string> _likely = [End];

    public TinyVocabulary(Random random)
    {
        var bytes = ByteCharacters();
        _tokens.AddRange(bytes.Select(b => $"{b}"));
        var words = Beginnings.SelectMany(b => Middles.SelectMany(m => Ends.Select(e => $" {b}{m}{e}"))).ToArray();
        random.Shuffle(words);
        var seen = _tokens.ToHashSet();
        foreach (var word in words.Take(Words).Concat(Others))
        {
            var token = string.Concat(Encoding.UTF8.GetBytes(word).Select(b => bytes[b]));
            for (var length = 2; length <= token.Length; length++)
            {
                if (!seen.Add(token[..length]))
                    continue;
                _tokens.Add(token[..length]);
                _merges.Add($"{token[..(length - 1)]} {token[length - 1]}");
            }
            _likely.Add(token);
        }
        Kinds = [.. _tokens.Select(_ => Normal), .. Special.Select(_ => Control)];
        _tokens.AddRange(Special);
    }

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>What each token is, as GGUF numbers it.</summary>
    public int[] Kinds { get; }

    /// <summary>Pairs that make a token, the first to be joined first.</summary>
    public IReadOnlyList<string> Merges => _merges;

    /// <summary>Whether a token is one that an answer has: a whole word, or the end.</summary>
    public bool IsLikely(string token) => _likely.Contains(token);

    public uint Id(string token) => (uint)_tokens.IndexOf(token);

    /// <summary>
    /// The character that stands for each byte in such vocabularies (GPT-2's): itself where it can be seen, else one behind Latin-1.
    /// </summary>
    private static char[] ByteCharacters()
    {
        var next = 256;
        return [.. Enumerable.Range(0, 256).Select(b => b is (>= 33 and < 127) or (>= 161 and < 173) or >= 174 ? (char)b : (char)next++)];
    }
}
