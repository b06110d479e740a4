using System.Text.Json;
using System.Text.Unicode;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis;

/// <summary>One JSON value by its bytes in a body, so that a large picture is never made a string.</summary>
/// <param name="Bytes">The bytes of the value, without white space around it.</param>
internal readonly record struct RawJson(ReadOnlyMemory<byte> Bytes)
{
    private const int MaxDepth = 64;

    /// <summary>Whether it is <c>null</c>.</summary>
    public bool IsNull => Is((byte)'n');

    /// <summary>Whether it is a string.</summary>
    public bool IsText => Is((byte)'"');

    /// <summary>Whether it is an array.</summary>
    public bool IsArray => Is((byte)'[');

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => Is((byte)'{');

    /// <summary>The inside of a string, as it stands in the body.</summary>
    public ReadOnlyMemory<byte> Inside => Bytes[1..^1];

    /// <summary>The fields of a body that is one JSON object.</summary>
    /// <exception cref="ApiException">It is not; the error says why.</exception>
    public static Dictionary<string, RawJson> Document(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
            throw ApiException.BadRequest("invalid_json", "The body is not UTF-8. Send JSON in UTF-8.");
        var json = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                throw ApiException.BadRequest("invalid_json", "The body must be a JSON object.");
            var start = (int)json.TokenStartIndex;
            json.Skip();
            var document = new RawJson(body[start..(int)json.BytesConsumed]);
            return json.Read()
                ? throw ApiException.BadRequest("invalid_json", "Something follows the JSON object.")
                : document.Fields("");
        }
        catch (JsonException fault)
        {
            throw ApiException.BadRequest("invalid_json", $"The body is not valid JSON: {fault.Message}");
        }
    }

    /// <summary>The fields of an object; those that are null are left out.</summary>
    /// <param name="at">Where it stands, for an error.</param>
    /// <exception cref="ApiException">It is no object, or a key appears twice.</exception>
    public Dictionary<string, RawJson> Fields(string at)
    {
        if (!IsObject)
            throw FieldRules.Type(at, "an object");
        var (fields, seen) = (new Dictionary<string, RawJson>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var json = new Utf8JsonReader(Bytes.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref json);
            if (!seen.Add(name))
            {
                throw ApiException.BadRequest("duplicate_key",
                    $"'{Join(at, name)}' appears twice. Send each key once: two readers could take different ones.", Join(at, name));
            }
            json.Read();
            if (Next(ref json) is { IsNull: false } value)
                fields.Add(name, value);
        }
        return fields;
    }

    /// <summary>The elements of an array.</summary>
    /// <param name="at">Where it stands, for an error.</param>
    /// <param name="most">Most elements that it may have.</param>
    /// <exception cref="ApiException">It is no array, or has more.</exception>
    public List<RawJson> Items(string at, int most)
    {
        if (!IsArray)
            throw FieldRules.Type(at, "an array");
        var items = new List<RawJson>();
        var json = new Utf8JsonReader(Bytes.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        json.Read();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == most)
                throw ApiException.BadRequest("too_many_items", $"'{at}' holds more than {most} items.", at);
            items.Add(Next(ref json));
        }
        return items;
    }

    /// <summary>The text of a string.</summary>
    /// <param name="at">Where it stands, for an error.</param>
    /// <param name="longest">Most characters.</param>
    /// <exception cref="ApiException">It is no string, longer, or no valid Unicode.</exception>
    public string Text(string at, int longest)
    {
        var json = new Utf8JsonReader(Bytes.Span);
        json.Read();
        try
        {
            return FieldRules.Text(ref json, at, longest);
        }
        catch (InvalidOperationException)
        {
            throw ApiException.BadRequest("invalid_json", $"'{at}' holds text that is not valid Unicode.", at);
        }
    }

    /// <summary>Whether it is <c>true</c>.</summary>
    /// <param name="at">Where it stands, for an error.</param>
    /// <exception cref="ApiException">It is neither true nor false.</exception>
    public bool Flag(string at)
    {
        var json = new Utf8JsonReader(Bytes.Span);
        json.Read();
        return FieldRules.Flag(ref json, at);
    }

    /// <summary>Checks that it is a whole number within bounds.</summary>
    /// <param name="at">Where it stands, for an error.</param>
    /// <param name="from">Least value.</param>
    /// <param name="to">Largest value.</param>
    /// <exception cref="ApiException">It is not.</exception>
    public void Whole(string at, long from, long to)
    {
        var json = new Utf8JsonReader(Bytes.Span);
        json.Read();
        FieldRules.Whole(ref json, at, from, to);
    }

    private RawJson Next(ref Utf8JsonReader json)
    {
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return new RawJson(Bytes[start..(int)json.BytesConsumed]);
    }

    private static string Name(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.BadRequest("invalid_json", "A key of the body is not valid Unicode text.");
        }
    }

    private static string Join(string at, string name) => $"{at}{(at.Length > 0 ? "." : "")}{(name.Length <= 64 ? name : name[..64])}";

    private bool Is(byte first) => Bytes.Span is [var found, ..] && found == first;
}
