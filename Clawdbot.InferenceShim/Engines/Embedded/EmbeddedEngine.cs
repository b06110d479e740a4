using System.Globalization;
using System.Runtime.CompilerServices;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>
/// The engine that needs no GPU: it tells what it measures in a picture, deterministically for a seed, token by token at
/// a set pace. It goes on exactly from any prefix of its own tokens.
/// </summary>
internal sealed class EmbeddedEngine : IEngine, IDisposable
{
    /// <summary>The engine's name in <c>Engine:Kind</c>.</summary>
    public const string Kind = EngineOptions.EmbeddedKind;

    private readonly EmbeddedEngineOptions _options;
    private readonly TimeProvider _time;
    private readonly Tokenizer _tokenizer = Tokenizer.Default;
    private readonly PromptCache _cache;
    private readonly PromptReader _prompts;

    private long _tokens;
    private int _running;

    public EmbeddedEngine(IOptions<EngineOptions> options, TimeProvider time)
    {
        (_options, _time) = (options.Value.Embedded, time);
        _cache = new PromptCache(_options);
        _prompts = new PromptReader(_options, Tokenizer.Default, _cache);
        var version = typeof(EmbeddedEngine).Assembly.GetName().Version!.ToString(3);
        Description = new("clawdbot-embedded", IdentityHash(), Kind, version) { ContextTokens = _options.ContextTokens };
    }

    /// <inheritdoc/>
    public EngineDescription Description { get; }

    /// <inheritdoc/>
    public EngineCapabilities Capabilities { get; } = new()
    {
        Continuation = ContinuationKind.Ids,
        Repeatable = true,
        TokenIds = true,
        Images = true,
        Tools = false,
        Grammar = false,
        Logprobs = false,
        Choices = true,
        CancelIsVisible = true,
        Load = true,
        CacheUse = false,
        CacheHits = true,
        ModelList = true,
        ContextLength = true,
        RefusesBeyondContext = true,
        BoundsPictures = true,
    };

    /// <inheritdoc/>
    public IAsyncEnumerable<EngineEvent> GenerateAsync(EngineRequest request, CancellationToken cancellation) =>
        GenerateAsync(request.Chat, cancellation);

    /// <inheritdoc/>
    public ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation) =>
        ValueTask.FromResult(new EngineLoad(
            Volatile.Read(ref _running), 0, CacheHitRate: _cache.HitRate, TokensGenerated: Interlocked.Read(ref _tokens)));

    /// <summary>Generates for a request that has been parsed.</summary>
    public async IAsyncEnumerable<EngineEvent> GenerateAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (request.MoreThanText is [var unsupported, ..])
        {
            // A plain answer would look as if the field had been honoured.
            throw new EngineRefusalException(400, "unsupported_parameter",
                $"The embedded engine does not support '{unsupported}'. Leave it out, or serve a model that does.", unsupported);
        }
        var prompt = await _prompts.ReadAsync(request, cancellation);
        var choices = Enumerable.Range(0, request.Choices).Select(i => Begin(request, prompt, i)).ToList();
        foreach (var choice in choices)
            choice.Resume(request.Continue);
        Interlocked.Increment(ref _running);
        try
        {
            yield return new EngineStarted(prompt.Tokens);

            var timer = new StepTimer(_options, _time);
            while (choices.Count > 0)
            {
                // An answer that is already complete waits for its prefill too: an engine can't know before.
                await timer.NextAsync(cancellation);
                for (var i = 0; i < choices.Count; i++)
                {
                    var step = choices[i].Next();
                    if (step is EngineFinished)
                        choices.RemoveAt(i--);
                    else
                        Interlocked.Increment(ref _tokens);
                    yield return step;
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _prompts.Dispose();

    private EmbeddedChoice Begin(ChatRequest request, Prompt prompt, int index)
    {
        // Choices of one request differ as if each had a seed of its own; the first is what the seed alone gives.
        var seed = unchecked((ulong)request.Seed + (ulong)index * 0x9E3779B97F4A7C15UL);
        var ids = Answer.Compose(prompt.Question, prompt.Language, seed).SelectMany(_tokenizer.Encode);
        var room = Math.Max(1, _options.ContextTokens - prompt.Tokens);
        return new EmbeddedChoice(index, ids.GetEnumerator(), _tokenizer, request.Stop, Math.Min(request.MaxTokens ?? room, room));
    }

    /// <summary>Everything an answer depends on besides the request: the code that composes it and the vocabulary.</summary>
    private static string IdentityHash()
    {
        var build = typeof(EmbeddedEngine).Assembly.ManifestModule.ModuleVersionId.ToString("N", CultureInfo.InvariantCulture);
        return EngineIdentity.Of("clawdbot-embedded", build, Tokenizer.Default.Fingerprint);
    }
}
