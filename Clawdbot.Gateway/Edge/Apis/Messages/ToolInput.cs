using System.Buffers;
using System.Text.Json;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>The arguments of a call: a JSON object at Anthropic, a string that holds one in chat.</summary>
internal static class ToolInput
{
    private const int MaxDepth = 64;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create("\"\\\n\r\t"u8);

    /// <summary>A JSON object as the inside of a JSON string.</summary>
    /// <param name="json">Valid JSON, which has no other control characters than line ends and tabs.</param>
    public static ReadOnlyMemory<byte> Quoted(ReadOnlySpan<byte> json)
    {
        var output = new ArrayBufferWriter<byte>(json.Length + 64);
        for (int at; (at = json.IndexOfAny(Escaped)) >= 0; json = json[(at + 1)..])
        {
            output.Write(json[..at]);
            output.Write("\\"u8);
            output.Write(json[at] switch { (byte)'\n' => "n"u8, (byte)'\r' => "r"u8, (byte)'\t' => "t"u8, _ => json.Slice(at, 1) });
        }
        output.Write(json);
        return output.WrittenMemory;
    }

    /// <summary>Whether a text is a whole JSON object.</summary>
    /// <param name="inside">The text, as the inside of a JSON string.</param>
    public static bool IsObject(ReadOnlySpan<byte> inside) => Object(inside) is not null;

    /// <summary>
    /// Writes the arguments as a JSON object. Those that are none, mostly because the answer ended within them, stand in an object under
    /// <c>INVALID_JSON</c>: nothing of them is lost, no argument is made up, and the name is the one under which Anthropic's
    /// documentation of tool streaming has clients tell such arguments to the model. A client that checks them by the tool's schema
    /// refuses them. No text at all is a call without arguments.
    /// </summary>
    /// <param name="output">Receives it.</param>
    /// <param name="inside">The text of the arguments, as the inside of a JSON string.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> inside)
    {
        if (inside.IsEmpty)
        {
            output.Write("{}"u8);
        }
        else if (Object(inside) is { } json)
        {
            output.Write(json);
        }
        else
        {
            output.Write("{\"INVALID_JSON\":\""u8);
            output.Write(inside);
            output.Write("\"}"u8);
        }
    }

    /// <summary>The JSON object that a text is; null when it is none.</summary>
    private static byte[]? Object(ReadOnlySpan<byte> inside)
    {
        try
        {
            var text = new Utf8JsonReader([(byte)'"', .. inside, (byte)'"']);
            text.Read();
            var plain = new byte[inside.Length];
            plain = plain[..text.CopyString(plain)];
            var json = new Utf8JsonReader(plain, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return null;
            json.Skip();
            return json.Read() ? null : plain;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null; // cut off, no JSON, or half a character
        }
    }
}
