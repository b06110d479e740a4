using System.Globalization;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.Ollama;

/// <summary>
/// Makes Ollama's request of OpenAI's. A field without a counterpart is refused, because Ollama would ignore it without a word. Ollama is
/// also told to refuse a prompt that is too long (<c>truncate</c>) instead of dropping its beginning, and to end the answer where the
/// context ends (<c>shift</c>).
/// </summary>
internal sealed class OllamaRequests(EngineOptions engine, OllamaOptions options)
{
    public const string Chat = "/api/chat";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };

    private readonly ModelNames _names = new(engine);

    /// <summary>The body; null when there is nothing left to generate.</summary>
    /// <param name="request">The client's request.</param>
    /// <param name="raw">The fields of its body.</param>
    /// <param name="model">What is known of the model; null: nothing yet.</param>
    /// <param name="asked">The name that clients ask for the model by.</param>
    /// <exception cref="EngineRefusalException">Ollama takes no request like this one, or the answer can't go on from text.</exception>
    public HttpContent? ToChat(EngineRequest request, RawObject raw, OllamaModel? model, string asked)
    {
        if (request.Extras.ContinueText is not null)
            TextContinuation.Check(raw);
        return Make(new(request, request.Extras.ContinueText, model, asked), limit => limit - request.Extras.Delivered);
    }

    /// <summary>The request for one token, to learn how many tokens its prompt has.</summary>
    public HttpContent? Least(EngineRequest request, OllamaModel? model, string asked) => Make(new(request, null, model, asked), _ => 1);

    private SegmentedContent? Make(Source source, Func<long?, long?> lower)
    {
        try
        {
            using var document = JsonDocument.Parse(source.Request.Body, Strict);
            var fields = new OllamaFields(document.RootElement);
            if (fields.WantsLogprobs && source.Model is { TellsLogprobs: false })
                throw OllamaFields.Refusal("logprobs");
            var limit = lower(fields.Limit);
            return limit <= 0 ? null : Body(source, document.RootElement, fields, limit);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new EngineRefusalException(
                400, "invalid_json", $"The body is not JSON, or holds text that is not valid Unicode: {fault.Message}");
        }
    }

    private SegmentedContent Body(Source source, JsonElement root, OllamaFields fields, long? limit)
    {
        var (name, isOurs) = Name(root.Text("model") is { Length: > 0 } given ? given : source.Asked, source.Asked);
        var body = new JsonSegments(source.Request.Body)
            .Add($$"""{"model":{{RawEdit.Text(name)}},"stream":"""
                + $$"""true,"truncate":false,"shift":false,"keep_alive":{{options.KeepAliveSeconds}},"messages":[""");
        var messages = new OllamaMessages(body, takesPictures: !isOurs || source.Model?.TakesPictures != false);
        messages.Write(root.Of("messages"));
        if (source.Said is not null)
            messages.WriteAssistant(source.Said);
        body.Add("]");
        fields.Write(body, Numbers(root.Whole("seed") ?? source.Request.Extras.Seed, limit));
        return body.Add("}").ToContent();
    }

    /// <summary>The name to send, and whether it is the one that Ollama was asked about.</summary>
    private (string Name, bool IsOurs) Name(string given, string asked)
    {
        if (_names.Upstream is not { } own)
            return (given == asked && options.Name.Length > 0 ? options.Name : given, given == asked);
        var name = _names.ToEngine(given);
        return (name, name == own);
    }

    /// <summary>
    /// The options that are numbers, as JSON. Ollama keeps 32 bits of a seed and takes the one with all bits set for a random one, so 31
    /// bits are sent.
    /// </summary>
    private IEnumerable<string> Numbers(long? seed, long? limit)
    {
        if (seed is { } number)
            yield return string.Create(CultureInfo.InvariantCulture, $"\"seed\":{number & int.MaxValue}");
        if (limit is { } most)
            yield return string.Create(CultureInfo.InvariantCulture, $"\"num_predict\":{most}");
        if (engine.ContextTokens is { } context)
            yield return string.Create(CultureInfo.InvariantCulture, $"\"num_ctx\":{context}");
    }

    /// <summary>What a body is made from.</summary>
    /// <param name="Request">The client's request.</param>
    /// <param name="Said">The text that the answer goes on from; null: it begins.</param>
    /// <param name="Model">What is known of the model; null: nothing yet.</param>
    /// <param name="Asked">The name that clients ask for the model by.</param>
    private sealed record Source(EngineRequest Request, string? Said, OllamaModel? Model, string Asked);
}
