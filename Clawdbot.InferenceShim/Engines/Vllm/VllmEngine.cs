using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines.Vllm;

/// <summary>vLLM's OpenAI-compatible server, 0.11 or later.</summary>
internal sealed class VllmEngine(
    IOptions<EngineOptions> engine, IOptions<VllmOptions> options, EngineConnection connection, TimeProvider time) : IEngine
{
    /// <summary>The engine's name in <c>Engine:Kind</c>.</summary>
    public const string Kind = "vllm";

    private readonly ModelNames _names = new(engine.Value);
    private readonly ChatStream _chat = new(connection, time);
    private readonly VllmContinuation _continuation = new(new ModelNames(engine.Value), connection, time);
    private readonly DescriptionCache _description = new(new EngineDescription("", "", Kind, ""), time);

    /// <inheritdoc/>
    public EngineDescription Description => _description.Description;

    /// <inheritdoc/>
    public EngineCapabilities Capabilities { get; } = new()
    {
        // What follows token ids is exact only where its numbers don't depend on what else runs.
        Continuation = options.Value is { Deterministic: true, TokenContinuation: true } ? ContinuationKind.Ids : ContinuationKind.Text,
        Repeatable = options.Value.Deterministic,
        TokenIds = true,
        Images = true,
        Tools = true,
        Grammar = true,
        Logprobs = true,
        Choices = true,
        CancelIsVisible = true,
        Load = true,
        CacheUse = true,
        CacheHits = true,
        ModelList = true,
        ContextLength = true,
        RefusesBeyondContext = true,
    };

    /// <inheritdoc/>
    public IAsyncEnumerable<EngineEvent> GenerateAsync(EngineRequest request, CancellationToken cancellation)
    {
        var raw = _names.Fields(request);
        if (request.Extras.Continue is { Count: > 0 })
        {
            return Capabilities.Continuation == ContinuationKind.Ids
                ? _continuation.GoOnAsync(request, raw, cancellation)
                : throw EngineFaults.Mismatch("This engine is configured to go on from text alone.");
        }
        return VllmRequests.ToChat(request, raw) is { } body
            ? _chat.ReadAsync(VllmRequests.Chat, body, ChatChunks.For(raw, withIds: true, request.Extras.Delivered), cancellation)
            : ChatStream.NothingLeft(request.Extras.Delivered);
    }

    /// <inheritdoc/>
    public async ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation)
    {
        await _description.RefreshAsync(DescribeAsync, cancellation);
        return VllmLoad.Of(await MetricsText.ReadAsync(connection, "/metrics", cancellation));
    }

    private async Task<EngineDescription> DescribeAsync(CancellationToken cancellation)
    {
        using var said = await connection.GetJsonAsync("/version", cancellation);
        var version = said.RootElement.ValueKind == JsonValueKind.Object && said.RootElement.TryGetProperty("version", out var number)
            ? number.ToString()
            : "";
        var models = await ModelList.ReadAsync(connection, cancellation);
        return ModelList.Describe(models, engine.Value, Kind, version, options.Value.Deterministic);
    }
}
