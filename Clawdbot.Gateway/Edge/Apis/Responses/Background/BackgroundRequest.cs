using System.Text.Json;
using System.Text.Json.Serialization;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge.Apis.Responses.Background;

/// <summary>A request in the background as the store keeps it: a line of JSON, then the body. Any gateway can answer it.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Id">Id of its response.</param>
/// <param name="Created">When it came.</param>
/// <param name="Seed">The seed where it brings none.</param>
/// <param name="Continue">How a broken answer may be continued.</param>
/// <param name="Details">Whether the answer is to tell of its attempts.</param>
/// <param name="Priority">Its priority.</param>
internal sealed record BackgroundRequest(
    string Tenant, string Id, DateTimeOffset Created, long Seed, ContinuationPreference Continue, bool Details, Priority Priority)
{
    /// <summary>The body, as the client sent it.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The bytes to keep.</summary>
    public byte[] Pack() =>
        [.. JsonSerializer.SerializeToUtf8Bytes(this, BackgroundJson.Default.BackgroundRequest), (byte)'\n', .. Body.Span];

    /// <summary>Reads what was kept; null when it is no such request.</summary>
    public static BackgroundRequest? Unpack(ReadOnlyMemory<byte> packed)
    {
        var end = packed.Span.IndexOf((byte)'\n');
        try
        {
            return end > 0 && JsonSerializer.Deserialize(packed.Span[..end], BackgroundJson.Default.BackgroundRequest) is
                { Tenant: not null, Id.Length: > 0 } request
                    ? request with { Body = packed[(end + 1)..] }
                    : null;
        }
        catch (JsonException)
        {
            return null; // another version of the gateway may have written it
        }
    }
}

[JsonSerializable(typeof(BackgroundRequest))]
[JsonSerializable(typeof(EventChunk))]
internal sealed partial class BackgroundJson : JsonSerializerContext;
