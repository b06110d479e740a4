using System.Text.Json;
using System.Text.Json.Serialization;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Responses.Background;

/// <summary>
/// Some events of a response in the background as the store keeps them: a line of JSON, then the events as clients get them.
/// </summary>
/// <param name="Progress">How far the answer had come with them; its token ids are those since the chunk before.</param>
/// <param name="IsLast">Whether the response is over with them.</param>
internal sealed record EventChunk(ResponseProgress Progress, bool IsLast)
{
    /// <summary>The events.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Events { get; init; }

    /// <summary>The bytes to keep.</summary>
    public byte[] Pack() => [.. JsonSerializer.SerializeToUtf8Bytes(this, BackgroundJson.Default.EventChunk), (byte)'\n', .. Events.Span];

    /// <summary>Reads what was kept; null when it is no chunk.</summary>
    public static EventChunk? Unpack(ReadOnlyMemory<byte> packed)
    {
        var end = packed.Span.IndexOf((byte)'\n');
        try
        {
            return end > 0 && JsonSerializer.Deserialize(packed.Span[..end], BackgroundJson.Default.EventChunk) is
                { Progress: { Identity: not null, Ids: not null } } chunk
                    ? chunk with { Events = packed[(end + 1)..] }
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether the last one of some events ends a response.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> events)
    {
        var last = events[(events.LastIndexOf("\n\nevent: "u8) is >= 0 and var before ? before + 2 : 0)..];
        return last.StartsWith("event: response.completed\n"u8) || last.StartsWith("event: response.incomplete\n"u8)
            || last.StartsWith("event: response.failed\n"u8) || last.StartsWith("event: response.cancelled\n"u8);
    }

    /// <summary>Its events one by one, each with its number.</summary>
    public IEnumerable<(int Number, RawJson Data, ReadOnlyMemory<byte> Event)> Each()
    {
        var rest = Events;
        while (rest.Span.IndexOf("\n\n"u8) is > 0 and var end)
        {
            var whole = rest[..(end + 2)];
            rest = rest[(end + 2)..];
            var at = whole.Span.IndexOf("\ndata: "u8);
            if (at < 0)
                continue;
            var data = new RawJson(whole[(at + 7)..^2]);
            using var json = JsonDocument.Parse(data.Bytes);
            yield return (json.RootElement.GetProperty("sequence_number").GetInt32(), data, whole);
        }
    }
}
