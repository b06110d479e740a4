using System.Buffers;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// One <c>tokens</c> event, read without decoding its text: what the shim escaped goes to the client as it is. One object is used
/// for all events of an attempt, because there are as many as tokens and none should allocate.
/// </summary>
internal sealed class TokenBatch
{
    private readonly ArrayBufferWriter<byte> _text = new(64);

    /// <summary>Index of the choice.</summary>
    public int Index { get; private set; }

    /// <summary>The text, as the inside of a JSON string; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Text => _text.WrittenMemory;

    /// <summary>Token ids; none where the engine reports none.</summary>
    public List<int> Ids { get; } = new(1);

    /// <summary>Number of tokens: of the ids, else as the shim says, at least 1.</summary>
    public int Count { get; private set; } = 1;

    /// <summary>Reads a <c>tokens</c> event; false when it is none. Throws <see cref="JsonException"/> when it is not JSON.</summary>
    public bool Read(ReadOnlySpan<byte> data)
    {
        _text.ResetWrittenCount();
        Ids.Clear();
        (Index, Count) = (0, 1);
        var isSound = false;
        var json = new Utf8JsonReader(data);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            return false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("text"u8))
            {
                if (!json.Read() || json.TokenType != JsonTokenType.String)
                    return false;
                _text.ResetWrittenCount(); // a repeated field: the last one counts
                _text.Write(json.ValueSpan);
                isSound = true;
            }
            else if (json.ValueTextEquals("ids"u8))
            {
                if (!ReadIds(ref json))
                    return false;
                isSound |= Ids.Count > 0;
            }
            else if (json.ValueTextEquals("index"u8))
            {
                if (!json.Read() || json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var index))
                    return false;
                Index = index;
            }
            else if (json.ValueTextEquals("count"u8))
            {
                if (!json.Read() || json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var count)
                    || count is < 1 or > GenerationTokens.MostTokens)
                    return false;
                Count = count;
            }
            else
            {
                json.Skip();
            }
        }
        if (Ids.Count > 0)
            Count = Ids.Count;
        return json.TokenType == JsonTokenType.EndObject && !json.Read() && isSound;
    }

    private bool ReadIds(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray)
            return false;
        while (json.Read() && json.TokenType == JsonTokenType.Number)
        {
            if (!json.TryGetInt32(out var id))
                return false;
            Ids.Add(id);
        }
        return json.TokenType == JsonTokenType.EndArray;
    }
}
