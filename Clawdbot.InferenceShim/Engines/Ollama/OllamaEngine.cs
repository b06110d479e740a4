using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines.Ollama;

/// <summary>
/// Ollama by its own API: its API compatible with OpenAI's hides what a template is given and how long the context is. Ollama
/// tells neither load nor token ids and goes on from text: a last message of the assistant is the beginning of the answer.
/// </summary>
internal sealed class OllamaEngine(
    IOptions<EngineOptions> engine, IOptions<OllamaOptions> options, EngineConnection connection, TimeProvider time) : IEngine
{
    /// <summary>The engine's name in <c>Engine:Kind</c>.</summary>
    public const string Kind = "ollama";

    private readonly OllamaRequests _requests = new(engine.Value, options.Value);
    private readonly ChatStream _chat = new(connection, time);
    private readonly DescriptionCache _description = new(new EngineDescription("", "", Kind, ""), time);
    private OllamaModel? _model;
    private readonly OwnLoad _load = new();

    /// <inheritdoc/>
    public EngineDescription Description => _description.Description;

    /// <inheritdoc/>
    public EngineCapabilities Capabilities { get; } = new()
    {
        Continuation = ContinuationKind.Text,
        Repeatable = options.Value.Repeatable,
        TokenIds = false,
        Images = true,
        Tools = true,
        Grammar = true,
        Logprobs = true,
        Choices = false,
        CancelIsVisible = false,
        Load = false,
        CacheUse = false,
        CacheHits = false,
        ModelList = true,
        ContextLength = true,
        RefusesBeyondContext = true, // its own API is asked not to cut the prompt
    };

    /// <inheritdoc/>
    public IAsyncEnumerable<EngineEvent> GenerateAsync(EngineRequest request, CancellationToken cancellation)
    {
        if (request.Extras.Continue is { Count: > 0 })
            throw EngineFaults.Mismatch("Ollama can't go on from token ids.");
        var (model, description) = (Volatile.Read(ref _model), Description);
        var body = _requests.ToChat(request, request.Raw, model, description.Model);
        var chunks = new ChatChunks(1, delivered: request.Extras.Delivered)
        {
            Dialect = new OllamaAnswer().ToChunk,
            Echo = request.Extras.ContinueText is { } given && model?.RepeatsPrefill != false
                ? new PrefillEcho(given, model?.RepeatsPrefill == true ? 1 : PrefillEcho.BeyondChance)
                : null,
        };
        if (body is not null)
            return _load.CountAsync(_chat.ReadAsync(OllamaRequests.Chat, body, chunks, cancellation), cancellation);
        return _chat.NothingLeftAsync(
            OllamaRequests.Chat, _requests.Least(request, model, description.Model),
            new ChatChunks(1) { Dialect = new OllamaAnswer().ToChunk }, request.Extras.Delivered, cancellation);
    }

    /// <summary>The load that this shim's own requests make, because Ollama tells none.</summary>
    public async ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation)
    {
        await _description.RefreshAsync(DescribeAsync, cancellation);
        return _load.Now with { IsUnloaded = !await OllamaModel.IsLoadedAsync(connection, _model?.Name ?? "", cancellation) };
    }

    private async Task<EngineDescription> DescribeAsync(CancellationToken cancellation)
    {
        var (names, older) = (new ModelNames(engine.Value), options.Value.Name);
        var named = names.Asked;
        var model = await OllamaModel.ReadAsync(connection, names.Upstream ?? (older.Length > 0 ? older : named), cancellation);
        Volatile.Write(ref _model, model);
        var name = named.Length > 0 ? named : model.Name;
        var identity = EngineIdentity.Of(
            Kind, names.Identity(name), model.Version, model.Digest, $"{engine.Value.ContextTokens}", engine.Value.Build);
        return new EngineDescription(name, identity, Kind, model.Version)
        {
            AlsoModels = named.Length > 0 ? engine.Value.AlsoModels : [.. model.Names.Where(n => n != model.Name)],
            // The older setting leaves the further names as they are, so with any of them it does not say what is served.
            ServedModel = names.Upstream ?? (older.Length > 0 && engine.Value is { Model.Length: > 0, AlsoModels.Count: 0 } ? older : null),
            ContextTokens = engine.Value.ContextTokens ?? model.ContextTokens,
            Lacks = model.Lacks,
        };
    }
}
