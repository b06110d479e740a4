using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Puts together what is not plain text in a choice from its deltas, as a client of the stream would.</summary>
internal sealed class AggregatedChoice
{
    /// <summary>Escapes only what JSON requires, as in all events: the peer is a JSON parser.</summary>
    public static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonObject _message = [];
    private readonly JsonObject _choice;

    public AggregatedChoice() => _choice = new JsonObject { ["message"] = _message };

    /// <summary>Number of tokens of what is not plain text.</summary>
    public int Tokens { get; set; }

    /// <summary>Adds a choice of an <see cref="Engines.EnginePiece"/> and returns its plain text, which is not aggregated.</summary>
    public string Add(ReadOnlyMemory<byte> choice)
    {
        var text = "";
        foreach (var (name, value) in JsonNode.Parse(choice.Span)!.AsObject())
        {
            if (name == "delta" && value is JsonObject delta)
            {
                text = delta["content"] is JsonValue content && content.TryGetValue<string>(out var said) ? said : "";
                delta.Remove("content");
                Merge(_message, delta);
            }
            else
            {
                Merge(_choice, name, value);
            }
        }
        return text;
    }

    /// <summary>The choice's fields as JSON: <c>message</c> without role and content, and the fields beside it.</summary>
    public byte[] ToJson()
    {
        foreach (var call in _message["tool_calls"] as JsonArray ?? [])
            (call as JsonObject)?.Remove("index"); // only in a stream
        return JsonSerializer.SerializeToUtf8Bytes(_choice, Relaxed);
    }

    private static void Merge(JsonObject into, JsonObject delta)
    {
        foreach (var (name, value) in delta)
            Merge(into, name, value);
    }

    private static void Merge(JsonObject into, string name, JsonNode? value)
    {
        var known = into[name];
        if (value is null)
            return;
        if (known is JsonObject inner && value is JsonObject more)
            Merge(inner, more);
        else if (known is JsonArray list && value is JsonArray elements)
            Append(list, elements);
        else if (name is "id" or "type" or "role" or "name" or "index")
            into[name] = IsEmpty(value) ? known?.DeepClone() : value.DeepClone(); // sent once, by some engines again in each delta
        else if (known is JsonValue && IsText(known) && IsText(value))
            into[name] = known.GetValue<string>() + value.GetValue<string>();
        else
            into[name] = value.DeepClone();
    }

    /// <summary>Elements with an <c>index</c> are pieces of the element of that index; others are new ones.</summary>
    private static void Append(JsonArray list, JsonArray elements)
    {
        foreach (var element in elements)
        {
            var known = element is JsonObject { } part && part["index"] is { } index
                ? list.OfType<JsonObject>().FirstOrDefault(e => JsonNode.DeepEquals(e["index"], index))
                : null;
            if (known is not null)
                Merge(known, element!.AsObject());
            else
                list.Add(element?.DeepClone());
        }
    }

    private static bool IsText(JsonNode node) => node.GetValueKind() == JsonValueKind.String;

    private static bool IsEmpty(JsonNode node) => IsText(node) && node.GetValue<string>().Length == 0;
}
