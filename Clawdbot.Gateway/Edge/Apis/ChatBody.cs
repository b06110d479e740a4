using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Clawdbot.Gateway.Edge.Apis;

/// <summary>
/// Writes a chat request out of parts of another request. What is short is copied; what is long, such as a picture, stays where it is.
/// </summary>
internal sealed class ChatBody
{
    private const int Short = 1024;

    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private ArrayBufferWriter<byte> _current = new(512);

    /// <summary>What was written.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> ToPieces()
    {
        Close();
        return _pieces;
    }

    /// <summary>Writes JSON as it is.</summary>
    public ChatBody Raw(string json)
    {
        Encoding.UTF8.GetBytes(json, _current);
        return this;
    }

    /// <summary>Writes bytes of JSON as they are.</summary>
    public ChatBody Raw(ReadOnlyMemory<byte> json)
    {
        if (json.Length <= Short)
        {
            _current.Write(json.Span);
            return this;
        }
        Close();
        _pieces.Add(json);
        return this;
    }

    /// <summary>Writes a string in quotes.</summary>
    public ChatBody Text(string text) => Raw($"\"{JsonEncodedText.Encode(text)}\"");

    /// <summary>Writes a field after others: a comma, its name, and its value as it is.</summary>
    public ChatBody Field(string name, RawJson value) => Raw($",\"{name}\":").Raw(value.Bytes);

    private void Close()
    {
        if (_current.WrittenCount == 0)
            return;
        _pieces.Add(_current.WrittenMemory);
        _current = new ArrayBufferWriter<byte>(512);
    }
}
