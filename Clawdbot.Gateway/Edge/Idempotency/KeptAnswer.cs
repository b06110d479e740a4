using System.Text.Json;
using System.Text.Json.Serialization;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>A whole answer as it is kept: a line of JSON, and behind it the bytes.</summary>
/// <param name="Fingerprint">Of the request that it answers.</param>
/// <param name="Head">What stands before the bytes.</param>
/// <param name="Usage">What it was counted as.</param>
internal sealed record KeptAnswer(string Fingerprint, AnswerHead Head, AnswerUsage Usage)
{
    /// <summary>The bytes.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Bytes { get; init; }

    public byte[] Pack() => [.. JsonSerializer.SerializeToUtf8Bytes(this, KeptJson.Default.KeptAnswer), (byte)'\n', .. Bytes.Span];

    /// <summary>Null when it is none.</summary>
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
            return null; // another version of the gateway may have put it there
        }
    }
}

[JsonSerializable(typeof(KeptAnswer))]
internal sealed partial class KeptJson : JsonSerializerContext;
