using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines.SgLang;

/// <summary>
/// SGLang's OpenAI-compatible server. It can't go on from token ids with a picture: its chat stream refuses to report ids
/// (<c>return_token_ids</c>, sgl-project/sglang#30917), and <c>input_ids</c> beside the messages drop the messages' pictures
/// (<c>entrypoints/openai/serving_chat.py</c>, 002897c). A deterministic one is replayed, any other goes on from text.
/// </summary>
internal sealed class SgLangEngine(
    IOptions<EngineOptions> engine, IOptions<SgLangOptions> options, EngineConnection connection, TimeProvider time) : IEngine
{
    /// <summary>The engine's name in <c>Engine:Kind</c>.</summary>
    public const string Kind = "sglang";

    /// <summary>Longest wait for an abort to be taken; the connection is closed in any case.</summary>
    private static readonly TimeSpan AbortPatience = TimeSpan.FromSeconds(2);

    private readonly ModelNames _names = new(engine.Value);
    private readonly ChatStream _chat = new(connection, time);
    private readonly DescriptionCache _description = new(new EngineDescription("", "", Kind, ""), time);

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
        if (request.Extras.Continue is { Count: > 0 })
            throw EngineFaults.Mismatch("SGLang can't go on from token ids.");
        var raw = _names.Fields(request);
        var chunks = ChatChunks.For(raw, delivered: request.Extras.Delivered);
        // SGLang aborts all requests whose names begin with the given one. All names are equally long, so none is the beginning of another.
        var id = raw.Number("n") > 1 ? null : $"clawdbot-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";
        return SgLangRequests.ToChat(request, raw, id) is { } body
            ? AskAsync(body, id, chunks, cancellation)
            : _chat.NothingLeftAsync(
                SgLangRequests.Chat, SgLangRequests.Least(raw), new ChatChunks(1), request.Extras.Delivered, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation)
    {
        await _description.RefreshAsync(DescribeAsync, cancellation);
        return SgLangLoad.Of(await MetricsText.ReadAsync(connection, "/metrics", cancellation));
    }

    private async IAsyncEnumerable<EngineEvent> AskAsync(
        HttpContent body, string? id, ChatChunks chunks, [EnumeratorCancellation] CancellationToken cancellation)
    {
        try
        {
            await foreach (var step in _chat.ReadAsync(SgLangRequests.Chat, body, chunks, cancellation))
                yield return step;
        }
        finally
        {
            if (id is not null && !chunks.IsFinished)
                await AbortAsync(id);
        }
    }

    /// <summary>Aborts a request. A closed connection should be enough, but was not always (sgl-project/sglang#6280, #37833).</summary>
    private async Task AbortAsync(string id)
    {
        using var limit = new CancellationTokenSource(AbortPatience, time);
        try
        {
            using var response = await connection.SendAsync(HttpMethod.Post, SgLangRequests.Abort, SgLangRequests.ToAbort(id), limit.Token);
        }
        catch (Exception fault) when (fault is EngineFailureException or OperationCanceledException)
        {
            // An engine that can't be reached generates nothing, or will see the closed connection.
        }
    }

    private async Task<EngineDescription> DescribeAsync(CancellationToken cancellation)
    {
        using var info = await InfoAsync(cancellation);
        if (options.Value.Deterministic
            && info.RootElement.TryGetProperty("enable_deterministic_inference", out var flag) && flag.ValueKind == JsonValueKind.False)
        {
            throw new EngineFailureException("engine_failed",
                "Engine:SgLang:Deterministic is set, and the engine runs without --enable-deterministic-inference.");
        }
        var version = info.RootElement.TryGetProperty("version", out var number) ? number.ToString() : "";
        var models = await ModelList.ReadAsync(connection, cancellation);
        return ModelList.Describe(models, engine.Value, Kind, version, options.Value.Deterministic);
    }

    /// <summary>Asks for the server's settings; their address differs between versions.</summary>
    private async Task<JsonDocument> InfoAsync(CancellationToken cancellation)
    {
        try
        {
            return await connection.GetJsonAsync("/server_info", cancellation);
        }
        catch (EngineFailureException fault) when (fault.Code == "engine_failed")
        {
            return await connection.GetJsonAsync("/get_server_info", cancellation);
        }
    }
}
