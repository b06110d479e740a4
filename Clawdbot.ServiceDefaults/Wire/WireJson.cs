using System.Text.Json.Serialization;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>Serializers of the contract, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ShimStatus))]
[JsonSerializable(typeof(IReadOnlyList<GpuStatus>))]
[JsonSerializable(typeof(IReadOnlyList<QuarantinedRequest>))]
[JsonSerializable(typeof(IReadOnlyList<CapabilityReport>))]
[JsonSerializable(typeof(QuotaReport))]
[JsonSerializable(typeof(QuotaParts))]
[JsonSerializable(typeof(GenerationExtras))]
[JsonSerializable(typeof(GenerationStart))]
[JsonSerializable(typeof(GenerationTokens))]
[JsonSerializable(typeof(GenerationPiece))]
[JsonSerializable(typeof(GenerationFinish))]
[JsonSerializable(typeof(GenerationUsage))]
[JsonSerializable(typeof(AttemptCost))]
[JsonSerializable(typeof(GenerationDone))]
[JsonSerializable(typeof(GenerationError))]
public sealed partial class WireJson : JsonSerializerContext;
