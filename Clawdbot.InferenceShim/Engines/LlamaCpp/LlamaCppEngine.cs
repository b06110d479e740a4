using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines.LlamaCpp;

/// <summary>
/// llama.cpp's server (<c>llama-server</c>) with one model. It goes on from text, because its chat endpoint reports no token ids:
/// <c>return_tokens</c> is for <c>/completion</c> alone, which takes no messages (<c>tools/server/server-task.cpp</c>,
/// to_json_oaicompat_chat_stream).
/// </summary>
internal sealed class LlamaCppEngine(
    IOptions<EngineOptions> engine, IOptions<LlamaCppOptions> options, EngineConnection connection, TimeProvider time) : IEngine
{
    /// <summary>The engine's name in <c>Engine:Kind</c>.</summary>
    public const string Kind = "llamacpp";

    private readonly ModelNames _names = new(engine.Value);
    private readonly ChatStream _chat = new(connection, time);
    private readonly LlamaCppLoad _load = new();
    private readonly DescriptionCache _description = new(new EngineDescription("", "", Kind, ""), time);
    private LlamaCppProps? _props;

    /// <inheritdoc/>
    public EngineDescription Description => _description.Description;

    /// <inheritdoc/>
    public EngineCapabilities Capabilities { get; } = new()
    {
        Continuation = ContinuationKind.Text,
        Repeatable = options.Value.Deterministic,
        TokenIds = false,
        Images = true,
        Tools = true,
        Grammar = true,
        Logprobs = true,
        Choices = false,
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
        if (request.Extras.Continue is { Count: > 0 })
            throw EngineFaults.Mismatch("llama.cpp's server can't go on from token ids.");
        var raw = _names.Fields(request);
        var body = LlamaCppRequests.ToChat(request, raw, options.Value.Deterministic, Volatile.Read(ref _props)?.TakesPictures ?? true);
        var chunks = new ChatChunks(1, delivered: request.Extras.Delivered)
        {
            Echo = request.Extras.ContinueText is { } given ? new PrefillEcho(given, PrefillEcho.BeyondChance) : null,
        };
        return body is not null
            ? _chat.ReadAsync(LlamaCppRequests.Chat, body, chunks, cancellation)
            : _chat.NothingLeftAsync(
                LlamaCppRequests.Chat, LlamaCppRequests.Least(raw), new ChatChunks(1), request.Extras.Delivered, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation)
    {
        await _description.RefreshAsync(DescribeAsync, cancellation);
        if (Volatile.Read(ref _props) is { TellsMetrics: false } or { TellsSlots: false })
            throw new EngineFailureException("engine_failed", "The engine does not tell its numbers; start it with --metrics and --slots.");
        using var slots = await connection.GetJsonAsync("/slots", cancellation);
        return _load.Of(slots.RootElement, await MetricsText.ReadAsync(connection, "/metrics", cancellation));
    }

    private async Task<EngineDescription> DescribeAsync(CancellationToken cancellation)
    {
        var props = await LlamaCppProps.ReadAsync(connection, cancellation);
        if (options.Value.Deterministic && props.Slots is { } slots and not 1)
        {
            throw new EngineFailureException("engine_failed",
                $"Engine:LlamaCpp:Deterministic is set, and the engine runs with {slots} slots; start it with --parallel 1.");
        }
        var models = await ModelList.ReadAsync(connection, cancellation);
        Volatile.Write(ref _props, props);
        var description = ModelList.Describe(
            [.. models.Select(m => m with { MaxLength = props.ContextTokens })], engine.Value, Kind, props.Build,
            options.Value.Deterministic, $"{props.Weights}|{props.Template}");
        return description with { Lacks = props.TakesPictures == false ? [ServiceDefaults.Wire.Capabilities.Pictures] : [] };
    }
}
