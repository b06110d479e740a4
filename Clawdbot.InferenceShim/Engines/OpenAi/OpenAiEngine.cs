using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines.OpenAi;

/// <summary>Any server that is compatible with OpenAI's chat API. What it can do is taken from the configuration alone.</summary>
internal sealed class OpenAiEngine(
    IOptions<EngineOptions> engine, IOptions<OpenAiOptions> options, EngineConnection connection, TimeProvider time) : IEngine
{
    /// <summary>The engine's name in <c>Engine:Kind</c>.</summary>
    public const string Kind = "openai";

    private readonly OpenAiRequests _requests = new(options.Value);
    private readonly ChatStream _chat = new(connection, time);
    private readonly ModelNames _names = new(engine.Value);
    private readonly DescriptionCache _description = new(
        Describe(engine.Value, new ModelNames(engine.Value).Asked, engine.Value.AlsoModels), time);
    private readonly OwnLoad _load = new();

    /// <inheritdoc/>
    public EngineDescription Description => _description.Description;

    /// <inheritdoc/>
    public EngineCapabilities Capabilities { get; } = new()
    {
        Continuation = options.Value.Continuation == TextContinuationStyle.None ? ContinuationKind.None : ContinuationKind.Text,
        Repeatable = options.Value.Repeatable,
        TokenIds = false,
        Images = true, // these five pass through: what the server makes of them is its own
        Tools = true,
        Grammar = true,
        Logprobs = true,
        Choices = true,
        CancelIsVisible = false,
        Load = false,
        CacheUse = false,
        CacheHits = false,
        ModelList = true,
        ContextLength = false,
    };

    /// <inheritdoc/>
    public IAsyncEnumerable<EngineEvent> GenerateAsync(EngineRequest request, CancellationToken cancellation)
    {
        var raw = _names.Fields(request);
        var chunks = ChatChunks.For(raw, delivered: request.Extras.Delivered);
        return _requests.Make(request, raw) is { } body
            ? _load.CountAsync(_chat.ReadAsync(OpenAiRequests.Path, body, chunks, cancellation), cancellation)
            : _chat.NothingLeftAsync(OpenAiRequests.Path, _requests.Least(raw), new ChatChunks(1), request.Extras.Delivered, cancellation);
    }

    /// <summary>
    /// The load that this shim's own requests make, because the server tells none. The server is asked for its models when none is
    /// configured.
    /// </summary>
    public async ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation)
    {
        if (_names.Asked.Length == 0)
            await _description.RefreshAsync(DescribeAsync, cancellation);
        return _load.Now;
    }

    private async Task<EngineDescription> DescribeAsync(CancellationToken cancellation)
    {
        var models = await ModelList.ReadAsync(connection, cancellation);
        return Describe(engine.Value, models[0].Id, [.. models.Skip(1).Select(m => m.Id)]);
    }

    private static EngineDescription Describe(EngineOptions options, string model, IReadOnlyList<string> also)
    {
        var names = new ModelNames(options);
        return new(model, EngineIdentity.Of(Kind, names.Identity(model), options.Build), Kind, "")
        {
            AlsoModels = also,
            ServedModel = names.Upstream,
            ContextTokens = options.ContextTokens,
        };
    }
}
