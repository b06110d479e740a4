using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>The client's request with some fields set or removed or a message appended; the rest goes to the engine as it came.</summary>
internal sealed class RawEdit(RawObject from)
{
    private readonly Dictionary<string, byte[]?> _fields = [];
    private byte[]? _message;

    /// <summary>Sets a field to a piece of JSON, whether it is there or not.</summary>
    public RawEdit Set(string name, string json)
    {
        _fields[name] = Encoding.UTF8.GetBytes(json);
        return this;
    }

    /// <summary>Sets a field to a number.</summary>
    public RawEdit Set(string name, long value) => Set(name, value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Removes a field.</summary>
    public RawEdit Remove(string name)
    {
        _fields[name] = null;
        return this;
    }

    /// <summary>Appends a message to <c>messages</c>.</summary>
    /// <param name="json">The message, a JSON object.</param>
    public RawEdit Append(string json)
    {
        _message = Encoding.UTF8.GetBytes(json);
        return this;
    }

    /// <summary>A string as JSON, with its quotes.</summary>
    public static string Text(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>The new object, ready to be sent. The client's bytes are not copied.</summary>
    public SegmentedContent ToContent()
    {
        var segments = new List<ReadOnlyMemory<byte>>();
        var separator = "{"u8.ToArray();
        foreach (var field in from.Fields.Where(f => !_fields.ContainsKey(f.Name)))
        {
            segments.Add(separator);
            if (_message is { } message && field.Name == "messages" && field.Value.Span is [(byte)'[', ..])
                Append(segments, field, message);
            else
                segments.Add(field.Whole);
            separator = ","u8.ToArray();
        }
        foreach (var (name, value) in _fields.Where(f => f.Value is not null))
        {
            segments.Add(separator);
            segments.Add(Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(name)}\":"));
            segments.Add(value);
            separator = ","u8.ToArray();
        }
        segments.Add(separator is [(byte)'{'] ? "{}"u8.ToArray() : "}"u8.ToArray());
        return new SegmentedContent(segments);
    }

    private static void Append(List<ReadOnlyMemory<byte>> segments, RawObject.Field messages, byte[] message)
    {
        var isEmpty = messages.Value.Span[1..^1].IndexOfAnyExcept(" \t\r\n"u8) < 0;
        segments.AddRange([messages.Whole[..^1], isEmpty ? default : ","u8.ToArray(), message, "]"u8.ToArray()]);
    }
}
