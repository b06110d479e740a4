using System.Text.Json;
using System.Text.Json.Serialization;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>A whole answer as the store keeps it: a line of JSON, then the bytes.</summary>
/// <param name="Fingerprint">Fingerprint of the request that it answers.</param>
/// <param name="Head">Status and headers.</param>
/// <param name="Usage">Tokens that were counted for it.</param>
internal sealed record KeptAnswer(string Fingerprint, AnswerHead Head, AnswerUsage Usage)
{
    /// <summary>The bytes of the answer.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Bytes { get; init; }

    public byte[] Pack() => [.. JsonSerializer.SerializeToUtf8Bytes(this, KeptJson.Default.KeptAnswer), (byte)'\n', .. Bytes.Span];

    /// <summary>Reads a kept answer; null when the bytes are none.</summary>
    public static KeptAnswer? Unpack(ReadOnlyMemory<byte> packed)
    {
        var end = packed.Span.IndexOf((byte)'\n');
        try
        {
            if (end < 0)
                return null;
            var kept = JsonSerializer.Deserialize(packed.Span[..end], KeptJson.Default.KeptAnswer);
            return kept is { Fingerprint: not null, Head: not null, Usage: not null } ? kept with { Bytes = packed[(end + 1)..] } : null;
        }
        catch (JsonException)
        {
            return null; // another version of the gateway may have written it
        }
    }
}

[JsonSerializable(typeof(KeptAnswer))]
internal sealed partial class KeptJson : JsonSerializerContext;
