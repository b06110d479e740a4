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

    /// <summary>The body; null when there is nothing left to generate.</summary>
    /// <param name="request">The client's.</param>
    /// <param name="raw">The same, as fields.</param>
    /// <param name="model">What is known of the model; null: nothing yet.</param>
    /// <param name="asked">The name that clients ask for the model by.</param>
    /// <exception cref="EngineRefusalException">Ollama takes no request like this one, or the answer can't go on from text.</exception>
    public HttpContent? ToChat(EngineRequest request, RawObject raw, OllamaModel? model, string asked)
    {
        if (request.Extras.ContinueText is not null)
            TextContinuation.Check(raw);
        return Make(request, request.Extras.ContinueText, limit => limit - request.Extras.Delivered, model, asked);
    }

    /// <summary>The request for as little as possible, to learn what its prompt costs.</summary>
    public HttpContent? Least(EngineRequest request, OllamaModel? model, string asked) => Make(request, null, _ => 1, model, asked);

    private SegmentedContent? Make(EngineRequest request, string? said, Func<long?, long?> lower, OllamaModel? model, string asked)
    {
        try
        {
            using var document = JsonDocument.Parse(request.Body, Strict);
            var fields = new OllamaFields(document.RootElement);
            if (fields.WantsLogprobs && model is { TellsLogprobs: false })
                throw OllamaFields.Refusal("logprobs");
            var limit = lower(fields.Limit);
            return limit <= 0 ? null : Body(request, document.RootElement, said, fields, limit, model, asked);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new EngineRefusalException(
                400, "invalid_json", $"The body is not JSON, or holds text that is not valid Unicode: {fault.Message}");
        }
    }

    private SegmentedContent Body(
        EngineRequest request, JsonElement root, string? said, OllamaFields fields, long? limit, OllamaModel? model, string asked)
    {
        var name = root.Text("model") is { Length: > 0 } given ? given : asked;
        var isOurs = name == asked;
        var body = new JsonSegments(request.Body)
            .Add($$"""{"model":{{RawEdit.Text(isOurs && options.Name.Length > 0 ? options.Name : name)}},"stream":"""
                + $$"""true,"truncate":false,"shift":false,"keep_alive":{{options.KeepAliveSeconds}},"messages":[""");
        var messages = new OllamaMessages(body, takesPictures: !isOurs || model?.TakesPictures != false);
        messages.Write(root.Of("messages"));
        if (said is not null)
            messages.WriteAssistant(said);
        body.Add("]");
        fields.Write(body, Numbers(root.Whole("seed") ?? request.Extras.Seed, limit));
        return body.Add("}").ToContent();
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
}
