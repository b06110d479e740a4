using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines.Ollama;

/// <summary>
/// Ollama by its own API: the one compatible with OpenAI's hides what a template is given and how long the context is. It
/// tells neither load nor token ids, and goes on from text: a last message of the assistant is the beginning of the answer.
/// </summary>
internal sealed class OllamaEngine(IOptions<EngineOptions> engine, IOptions<OllamaOptions> options, EngineConnection connection, TimeProvider time) : IEngine
{
    /// <summary>In <c>Engine:Kind</c>.</summary>
    public const string Kind = "ollama";

    /// <summary>Models are pulled, made anew and unloaded by others than the shim.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(10);

    private readonly OllamaRequests _requests = new(engine.Value, options.Value);
    private readonly ChatStream _chat = new(connection, time);
    private EngineDescription _description = new("", "", Kind, "");
    private OllamaModel? _model;
    private long? _askedAt;
    private readonly OwnLoad _load = new();

    /// <inheritdoc/>
    public EngineDescription Description => Volatile.Read(ref _description);

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
        var body = _requests.ToChat(request, new RawObject(request.Body), model, description.Model);
        var chunks = new ChatChunks(1, delivered: request.Extras.Delivered)
        {
            Dialect = new OllamaAnswer().ToChunk,
            Echo = request.Extras.ContinueText is { } given && model?.RepeatsPrefill != false ? new PrefillEcho(given, model?.RepeatsPrefill == true ? 1 : PrefillEcho.BeyondChance) : null,
        };
        return body is not null
            ? _load.CountAsync(_chat.ReadAsync(OllamaRequests.Chat, body, chunks, cancellation), cancellation)
            : _chat.NothingLeftAsync(OllamaRequests.Chat, _requests.Least(request, model, description.Model), new ChatChunks(1) { Dialect = new OllamaAnswer().ToChunk }, request.Extras.Delivered, cancellation);
    }

    /// <summary>It tells which models are loaded and nothing of what they do: this is what was sent there from here.</summary>
    public async ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation)
    {
        if (_askedAt is not { } asked || time.GetElapsedTime(asked) > AskAgain)
        {
            var model = await OllamaModel.ReadAsync(connection, options.Value.Name.Length > 0 ? options.Value.Name : engine.Value.Model, cancellation);
            Volatile.Write(ref _model, model);
            Volatile.Write(ref _description, Describe(model));
            _askedAt = time.GetTimestamp();
        }
        return _load.Now;
    }

    private EngineDescription Describe(OllamaModel model)
    {
        var named = engine.Value.Model;
        var name = named.Length > 0 ? named : model.Name;
        return new EngineDescription(name, EngineIdentity.Of(Kind, name, model.Version, model.Digest, $"{engine.Value.ContextTokens}", engine.Value.Build), Kind, model.Version)
        {
            AlsoModels = named.Length > 0 ? engine.Value.AlsoModels : [.. model.Names.Where(n => n != model.Name)],
            ContextTokens = engine.Value.ContextTokens ?? model.ContextTokens,
        };
    }
}
