using System.Runtime.InteropServices;
using System.Text.Json;

namespace Clawdbot.Gateway.Edge.Apis;

/// <summary>A part of an answer, for APIs in which text, thoughts and calls are items beside each other.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The text, or arguments of a call: the inside of a JSON string. It may be a part of them.</param>
/// <param name="Call">Number of the call in the answer.</param>
/// <param name="CallId">Id of the call, the inside of a JSON string; empty where it came before.</param>
/// <param name="Name">Name of the function, the inside of a JSON string; empty where it came before.</param>
internal readonly record struct AnswerPart(
    AnswerPartKind Kind, ReadOnlyMemory<byte> Text, int Call = 0, ReadOnlyMemory<byte> CallId = default,
    ReadOnlyMemory<byte> Name = default)
{
    /// <summary>The parts of a whole answer, in the order in which a model says them.</summary>
    /// <param name="message">The message without its text; undefined where there is only text.</param>
    /// <param name="text">Its text.</param>
    public static IEnumerable<AnswerPart> OfMessage(JsonElement message, ReadOnlyMemory<byte> text)
    {
        foreach (var part in Thoughts(message))
            yield return part;
        if (text.Length > 0)
            yield return new AnswerPart(AnswerPartKind.Text, text);
        foreach (var part in AfterText(message))
            yield return part;
    }

    /// <summary>The parts in a choice of a stream, which may hold text too.</summary>
    public static IEnumerable<AnswerPart> OfDelta(JsonElement choice)
    {
        if (!Has(choice, "delta", JsonValueKind.Object, out var delta))
            return [];
        var text = Has(delta, "content", JsonValueKind.String, out var content) && Inside(content) is { Length: > 0 } said
            ? [new AnswerPart(AnswerPartKind.Text, said)]
            : Array.Empty<AnswerPart>();
        return [.. Thoughts(delta), .. text, .. AfterText(delta)];
    }

    private static IEnumerable<AnswerPart> Thoughts(JsonElement of)
    {
        foreach (var name in (string[])["reasoning_content", "reasoning"])
        {
            if (Has(of, name, JsonValueKind.String, out var thought) && Inside(thought) is { Length: > 0 } text)
            {
                yield return new AnswerPart(AnswerPartKind.Reasoning, text);
                yield break; // some engines say it under both names
            }
        }
    }

    private static IEnumerable<AnswerPart> AfterText(JsonElement of)
    {
        if (Has(of, "refusal", JsonValueKind.String, out var refusal) && Inside(refusal) is { Length: > 0 } refused)
            yield return new AnswerPart(AnswerPartKind.Refusal, refused);
        if (!Has(of, "tool_calls", JsonValueKind.Array, out var calls))
            yield break;
        var number = 0;
        foreach (var call in calls.EnumerateArray())
        {
            var at = Has(call, "index", JsonValueKind.Number, out var index) && index.TryGetInt32(out var told) ? told : number;
            number++;
            Has(call, "function", JsonValueKind.Object, out var function);
            var arguments = InsideOf(function, "arguments");
            yield return new AnswerPart(AnswerPartKind.Call, arguments, at, InsideOf(call, "id"), InsideOf(function, "name"));
        }
    }

    private static ReadOnlyMemory<byte> InsideOf(JsonElement of, string name) =>
        Has(of, name, JsonValueKind.String, out var text) ? Inside(text) : default;

    private static ReadOnlyMemory<byte> Inside(JsonElement text) => JsonMarshal.GetRawUtf8Value(text)[1..^1].ToArray();

    private static bool Has(JsonElement of, string name, JsonValueKind kind, out JsonElement value)
    {
        value = default;
        return of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out value) && value.ValueKind == kind;
    }
}

/// <summary>What a part of an answer is.</summary>
internal enum AnswerPartKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>Words by which the model refuses.</summary>
    Refusal,

    /// <summary>What the model thought.</summary>
    Reasoning,

    /// <summary>A call of a function.</summary>
    Call,
}
