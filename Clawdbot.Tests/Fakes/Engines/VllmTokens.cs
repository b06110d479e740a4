using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// Tokens of bytes, as Qwen's are: each of the core's tokens is two here, the first byte of its first character and all the rest, so that
/// every other token ends within a character. Special ids are Qwen's.
/// </summary>
internal static class VllmTokens
{
    public const int End = 151645;

    private const int ImageStart = 151652, ImageEnd = 151653, Image = 151655, ImageLength = 4;
    private static readonly int[] Turn = [151644, 77091, 198];

    /// <summary>The token at a position of an answer.</summary>
    public static int Sample(string prompt, long seed, int position) => EngineCore.Sample(prompt, seed, position / 2) * 2 + position % 2;

    /// <summary>The text of tokens; what is no whole character is U+FFFD.</summary>
    public static string Decode(IEnumerable<int> ids) => Encoding.UTF8.GetString([.. ids.SelectMany(Bytes)]);

    /// <summary>A prompt's ids, and the hashes of its pictures.</summary>
    public static (List<int> Ids, List<string> Hashes) Prompt(JsonArray messages)
    {
        var urls = messages.SelectMany(m => m!["content"] as JsonArray ?? []).Where(p => p!["type"]!.GetValue<string>() == "image_url")
            .Select(p => p!["image_url"]!["url"]!.GetValue<string>());
        var hashes = urls.Select(u => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(u)))).ToList();
        var words = SHA256.HashData(Encoding.UTF8.GetBytes(messages.ToJsonString())).Take(3).Select(b => 1000 + b);
        return ([.. words, .. hashes.SelectMany(_ => (int[])[ImageStart, .. Enumerable.Repeat(Image, ImageLength), ImageEnd]), .. Turn],
            hashes);
    }

    /// <summary>Where the pictures lie in a prompt.</summary>
    public static IEnumerable<JsonObject> Places(List<int> prompt) =>
        prompt.Select((id, at) => (id, at)).Where(t => t.id == ImageStart)
            .Select(t => new JsonObject { ["offset"] = t.at + 1, ["length"] = ImageLength });

    /// <summary>Tokens of a prompt that an answer may follow.</summary>
    public static int PromptLength(List<int> ids)
    {
        for (var at = ids.Count - Turn.Length; at >= 0; at--)
        {
            if (ids.Skip(at).Take(Turn.Length).SequenceEqual(Turn))
                return at + Turn.Length;
        }
        throw new FormatException("No turn of the assistant begins in these tokens.");
    }

    private static byte[] Bytes(int id)
    {
        if (id == End)
            return "<|im_end|>"u8.ToArray();
        var whole = Encoding.UTF8.GetBytes(EngineCore.Text(id / 2));
        return id % 2 == 0 ? whole[..1] : whole[1..];
    }
}
