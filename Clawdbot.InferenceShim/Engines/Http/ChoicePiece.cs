using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Separates plain text from everything else that a choice can hold.</summary>
internal static class ChoicePiece
{
    /// <summary>Name of the field with the ids of a choice's tokens.</summary>
    public const string Ids = "token_ids";

    private const string Reasoning = "reasoning_content";

    private static readonly string[] WithoutIds = ["logprobs"], WithIds = ["logprobs", Ids];

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// The plain text of a delta or a message, and the fields of an <see cref="EnginePiece"/>, which then hold the text too; null when
    /// there is nothing but text.
    /// </summary>
    /// <param name="choice">The choice.</param>
    /// <param name="delta">Its delta or message.</param>
    /// <param name="state">What is known of the choice.</param>
    /// <param name="showsIds">Whether the client asked for the ids of the tokens.</param>
    /// <exception cref="EngineFailureException">It holds content of a type that has no place in an answer; it must not be lost.</exception>
    public static (string Text, byte[]? Piece) Of(JsonElement choice, JsonElement delta, ChoiceState state, bool showsIds)
    {
        var (text, thought) = Content(delta, state);
        var fields = delta.ValueKind == JsonValueKind.Object
            ? delta.EnumerateObject().Where(f => f.Name is not ("role" or ChoiceState.Content) && !IsEmpty(f.Value)).ToList()
            : [];
        var others = (showsIds ? WithIds : WithoutIds).Where(n => !IsEmpty(choice.Of(n))).ToList();
        if (fields.Count == 0 && others.Count == 0 && thought.Length == 0)
            return (text, null);
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Relaxed))
        {
            json.WriteStartObject();
            json.WriteStartObject("delta");
            if (text.Length > 0)
                json.WriteString(ChoiceState.Content, text);
            if (thought.Length > 0)
                json.WriteString(Reasoning, thought);
            foreach (var field in fields)
                Write(json, field.Name, field.Value, field.Name, state);
            json.WriteEndObject();
            foreach (var other in others)
            {
                json.WritePropertyName(other);
                choice.Of(other).WriteTo(json);
            }
            json.WriteEndObject();
        }
        return (text, output.WrittenSpan.ToArray());
    }

    /// <summary>Number of tokens in it, by its ids or log probabilities; 0 where it has none.</summary>
    public static int Tokens(JsonElement choice) =>
        choice.Of(Ids) is { ValueKind: JsonValueKind.Array } ids && ids.GetArrayLength() is > 0 and var count ? count
        : choice.Of("logprobs").Of(ChoiceState.Content) is { ValueKind: JsonValueKind.Array } logprobs ? logprobs.GetArrayLength()
        : 0;

    /// <summary>The text of <c>content</c>, a string or an array of parts, and the thoughts among the parts.</summary>
    private static (string Text, string Thought) Content(JsonElement delta, ChoiceState state)
    {
        var content = delta.Of(ChoiceState.Content);
        if (content.ValueKind == JsonValueKind.String)
            return (state.Characters.Of(ChoiceState.Content, content), "");
        if (content.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null or JsonValueKind.Undefined))
            throw new EngineFailureException("engine_malformed", $"The engine sent content that is a JSON {content.ValueKind}.");
        var (text, thought) = ("", "");
        foreach (var part in delta.Items(ChoiceState.Content))
        {
            if (part.Of("text") is { ValueKind: JsonValueKind.String } said)
                text += state.Characters.Of(ChoiceState.Content, said);
            else if (part.Of("thinking") is { ValueKind: JsonValueKind.String } silent)
                thought += state.Characters.Of(Reasoning, silent);
            else if (part.Of("thinking").ValueKind == JsonValueKind.Array)
                thought += string.Concat(part.Items("thinking").Select(p => state.Characters.Of(Reasoning, p.Of("text"))));
            else
                throw new EngineFailureException("engine_malformed", $"The engine sent content of type '{part.Text("type")}'.");
        }
        return (text, thought);
    }

    private static void Write(Utf8JsonWriter json, string name, JsonElement value, string path, ChoiceState state)
    {
        if (name == "tool_calls" && value.ValueKind == JsonValueKind.Array)
        {
            json.WriteStartArray(name);
            foreach (var call in value.EnumerateArray())
                Call(json, call, state);
            json.WriteEndArray();
        }
        else if (value.ValueKind == JsonValueKind.String)
        {
            json.WriteString(name, state.Characters.Of(path, value));
        }
        else
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
    }

    private static void Call(Utf8JsonWriter json, JsonElement call, ChoiceState state)
    {
        if (call.ValueKind != JsonValueKind.Object)
            throw new EngineFailureException("engine_malformed", "The engine sent a tool call that is no object.");
        var number = state.Calls.Of(call);
        json.WriteStartObject();
        json.WriteNumber("index", number);
        foreach (var field in call.EnumerateObject().Where(f => f.Name != "index"))
        {
            if (field is not { Name: "function", Value.ValueKind: JsonValueKind.Object })
            {
                Write(json, field.Name, field.Value, $"{number}.{field.Name}", state);
                continue;
            }
            json.WriteStartObject(field.Name);
            foreach (var inner in field.Value.EnumerateObject())
                Write(json, inner.Name, inner.Value, $"{number}.function.{inner.Name}", state);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>Whether a value says nothing: engines send fields that are null or empty.</summary>
    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => true,
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
