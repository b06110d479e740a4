using System.Text;
using System.Text.Json.Nodes;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Edge;

/// <summary>Whatever a request looks like: the same is read, or it is refused.</summary>
public sealed class ChatScanProperties
{
    [Fact]
    public void However_a_request_is_spaced_escaped_and_ordered_the_same_is_read() =>
        Gen.Select(Requests, Gen.Int).Sample((request, seed) =>
        {
            var random = new Random(seed);
            var read = ChatScan.Read(Encoding.UTF8.GetBytes(Loosely(request.Json, random)));

            Assert.Equal(
                (request.Model, request.Stream, request.Usage, request.Choices, request.HasSeed),
                (read.Model, read.Stream, read.IncludeUsage, read.Choices, read.HasSeed));
        }, iter: 1000);

    [Fact]
    public void Random_bytes_are_refused_and_never_crash() => Gen.Byte.Array[0, 60].Sample(bytes => ReadsOrRefuses(bytes), iter: 2000);

    [Fact]
    public void A_request_damaged_anywhere_is_read_or_refused_and_never_crashes() =>
        Gen.Select(Requests, Gen.Int, Gen.Select(Gen.Int[0, 1_000_000], Gen.Byte, Gen.Int[0, 2]).Array[1, 3])
            .Sample((request, seed, damages) =>
        {
            List<byte> bytes = [.. Encoding.UTF8.GetBytes(Loosely(request.Json, new Random(seed)))];
            foreach (var (at, value, kind) in damages.Where(_ => bytes.Count > 1))
            {
                switch (kind)
                {
                    case 0: bytes[at % bytes.Count] = value; break;
                    case 1: bytes.Insert(at % bytes.Count, value); break;
                    default: bytes.RemoveRange(at % bytes.Count, Math.Min(value % 16, bytes.Count - (at % bytes.Count))); break;
                }
            }
            ReadsOrRefuses([.. bytes]);
        }, iter: 3000);

    private static void ReadsOrRefuses(byte[] bytes)
    {
        try
        {
            var read = ChatScan.Read(bytes);
            Assert.NotEmpty(read.Model);
            Assert.InRange(read.Choices, 1, 8);
        }
        catch (ApiException refusal)
        {
            Assert.Equal(400, refusal.Error.Status);
            Assert.NotEmpty(refusal.Error.Code);
        }
    }

    private sealed record Request(JsonObject Json, string Model, bool Stream, bool Usage, int Choices, bool HasSeed);

    private static readonly Gen<string> Word = Gen.OneOf(
        "", "hi", "model", "图片里有什么？", "a \"quoted\" \\ path/to\tit\n", "🦞", "clawdbot", "</script>");

    private static readonly Gen<Request> Requests = Gen.Select(
        Gen.OneOf("m", "qwen3-vl", "模型/a"), Gen.Bool, Gen.Bool, Gen.Int[1, 8], Gen.Nullable(Gen.Long), Word.Array[1, 3], Gen.Bool, Word,
        (model, stream, usage, choices, seed, words, picture, extra) =>
        {
            JsonNode content = picture
                ? new JsonArray(
                    new JsonObject { ["type"] = "text", ["text"] = words[0] },
                    new JsonObject
                    {
                        ["type"] = "image_url",
                        ["image_url"] = new JsonObject { ["url"] = "data:image/png;base64,iVBORw0KGgo/" },
                    })
                : words[0];
            var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content });
            foreach (var word in words.Skip(1))
                messages.Add(new JsonObject { ["content"] = word, ["role"] = "assistant", ["name"] = extra });
            var json = new JsonObject
            {
                ["model"] = model,
                ["messages"] = messages,
                ["stream"] = stream,
                ["stream_options"] = new JsonObject { ["include_usage"] = usage },
                ["n"] = choices,
                ["seed"] = seed,
                [$"x-{extra}"] = new JsonArray(extra, 1.5, null, new JsonObject { ["model"] = "not this" }),
            };
            return new Request(json, model, stream, usage, choices, seed is not null);
        });

    /// <summary>The same document in one of the many ways to write it.</summary>
    private static string Loosely(JsonNode? node, Random random, bool isUrl = false) => Space(random) + node switch
    {
        JsonObject json => "{" + string.Join(',', Shuffled(json, random).Select(p =>
            Space(random) + Quoted(p.Key, random, plainly: false) + Space(random) + ":" + Loosely(p.Value, random, p.Key == "url")))
                + Space(random) + "}",
        JsonArray array => "[" + string.Join(',', array.Select(item => Loosely(item, random))) + Space(random) + "]",
        JsonValue value when value.TryGetValue<string>(out var text) => Quoted(text, random, isUrl),
        null => "null",
        _ => node.ToJsonString(),
    } + Space(random);

    private static KeyValuePair<string, JsonNode?>[] Shuffled(JsonObject json, Random random)
    {
        var pairs = json.ToArray();
        random.Shuffle(pairs);
        return pairs;
    }

    private static string Space(Random random) =>
        random.Next(4) == 0 ? string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => " \t\r\n"[random.Next(4)])) : "";

    /// <summary>A string of JSON; <paramref name="plainly"/> with no escapes but those that encoders are known to make in a URL.</summary>
    private static string Quoted(string text, Random random, bool plainly)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c == '/' && random.Next(2) == 0)
                quoted.Append("\\/");
            else if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (c < ' ' || (!plainly && random.Next(4) == 0))
                quoted.Append(random.Next(2) == 0 ? $"\\u{(int)c:x4}" : $"\\u{(int)c:X4}");
            else if (char.IsSurrogate(c))
                quoted.Append($"\\u{(int)c:x4}"); // a raw half could stand beside an escaped one
            else
                quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }
}
