using System.Text;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>
/// A JSON object as bytes, with the positions of its top-level fields. Engines are sent pieces of these bytes: they hold megabytes of
/// picture, and a parsed document would hold as much again.
/// </summary>
internal sealed class RawObject
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly List<Field> _fields = [];

    private RawObject(ReadOnlyMemory<byte> json, IEnumerable<Field> fields) => (_json, _fields) = (json, [.. fields]);

    /// <exception cref="EngineRefusalException">The bytes are no JSON object.</exception>
    public RawObject(ReadOnlyMemory<byte> json)
    {
        _json = json;
        try
        {
            Index();
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new EngineRefusalException(400, "invalid_json", $"The body is not JSON: {fault.Message}");
        }
    }

    /// <summary>The fields in their order.</summary>
    public IReadOnlyList<Field> Fields => _fields;

    /// <summary>The bytes of a field's value; empty when there is no such field. Of several with one name the last counts.</summary>
    public ReadOnlyMemory<byte> this[string name] => _fields.FindLast(f => f.Name == name)?.Value ?? default;

    /// <summary>A field's value, or null when it is absent, null, or no whole number.</summary>
    public long? Number(string name) =>
        Read(name) is { TokenType: JsonTokenType.Number } json && json.TryGetInt64(out var number) ? number : null;

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string name) => Read(name).TokenType is not (JsonTokenType.None or JsonTokenType.Null);

    /// <summary>A field's value, or null when it is absent or is no string of valid Unicode.</summary>
    public string? Text(string name)
    {
        try
        {
            return Read(name) is { TokenType: JsonTokenType.String } json ? json.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The same object with a field set to a piece of JSON, whether it is there or not. Nothing is read again.</summary>
    public RawObject With(string name, string json)
    {
        var (head, value) = (Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(name)}\":"), Encoding.UTF8.GetBytes(json));
        var whole = (ReadOnlyMemory<byte>)(byte[])[.. head, .. value];
        return new RawObject(_json, _fields.Where(f => f.Name != name).Append(new Field(name, whole, whole[head.Length..])));
    }

    private Utf8JsonReader Read(string name)
    {
        var json = new Utf8JsonReader(this[name].Span);
        return this[name].IsEmpty || !json.Read() ? default : json;
    }

    private void Index()
    {
        var json = new Utf8JsonReader(_json.Span);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            throw new JsonException("it is no object.");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (name, start) = (json.GetString()!, (int)json.TokenStartIndex);
            json.Read();
            var value = (int)json.TokenStartIndex;
            json.Skip();
            _fields.Add(new Field(name, _json[start..(int)json.BytesConsumed], _json[value..(int)json.BytesConsumed]));
        }
        if (json.Read())
            throw new JsonException("something follows the object.");
    }

    /// <summary>A top-level field.</summary>
    /// <param name="Name">The name, unescaped.</param>
    /// <param name="Whole">The bytes of name and value.</param>
    /// <param name="Value">The bytes of the value.</param>
    internal sealed record Field(string Name, ReadOnlyMemory<byte> Whole, ReadOnlyMemory<byte> Value);
}
