using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>The fields of <see cref="ProcessRequest"/>, found in the raw bytes: a large picture is never made a string.</summary>
internal sealed class ProcessForm
{
    /// <summary>Least length of base64 text that counts as a picture and not as a word.</summary>
    public const int ShortestPicture = 64;

    private const int MaxDepth = 8;

    public string? Type { get; private set; }

    public string? Model { get; private set; }

    public ProcessText? Content { get; private set; }

    public ProcessText? Image { get; private set; }

    /// <summary>Reads the fields of a body.</summary>
    /// <exception cref="ApiException">The body is not a JSON object, or one of these fields is not a string.</exception>
    public static ProcessForm Read(ReadOnlyMemory<byte> body)
    {
        var json = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                throw ApiException.BadRequest("invalid_json", "The body must be a JSON object.");
            var (form, seen) = (new ProcessForm(), new HashSet<string>(StringComparer.Ordinal));
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = json.GetString()!;
                if (!seen.Add(name))
                    throw ApiException.BadRequest("invalid_json", "A key of the body appears twice. Send each once.");
                json.Read();
                form.Field(name, body, ref json);
            }
            return json.Read() ? throw ApiException.BadRequest("invalid_json", "Something follows the JSON object.") : form;
        }
        catch (JsonException fault)
        {
            throw ApiException.BadRequest("invalid_json", $"The body is not valid JSON for this form: {fault.Message}");
        }
        catch (InvalidOperationException)
        {
            throw ApiException.BadRequest("invalid_json", "The body holds text that is not valid Unicode.");
        }
    }

    private void Field(string name, ReadOnlyMemory<byte> body, ref Utf8JsonReader json)
    {
        if (name is not ("type" or "model" or "content" or "image"))
            json.Skip();
        else if (json.TokenType == JsonTokenType.Null)
            return;
        else if (json.TokenType != JsonTokenType.String)
            throw FieldRules.Type(name, "a string");
        else if (name == "type")
            Type = json.ValueSpan.Length <= 64 ? json.GetString() : "";
        else if (name == "model")
            Model = FieldRules.Text(ref json, name, 256);
        else if (name == "content")
            Content = Text(body, ref json);
        else
            Image = Text(body, ref json);
    }

    private static ProcessText Text(ReadOnlyMemory<byte> body, ref Utf8JsonReader json)
    {
        var escaped = body.Slice((int)json.TokenStartIndex + 1, json.ValueSpan.Length);
        if (!json.ValueIsEscaped)
            return Text(escaped, json.ValueSpan);
        var plain = ArrayPool<byte>.Shared.Rent(json.ValueSpan.Length);
        var length = json.CopyString(plain);
        var text = Text(escaped, plain.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(plain);
        return text;
    }

    private static ProcessText Text(ReadOnlyMemory<byte> escaped, ReadOnlySpan<byte> plain) =>
        new(
        escaped, plain.Length > 5 && Ascii.EqualsIgnoreCase(plain[..5], "data:"u8),
        !plain.Contains((byte)' ') && (Base64.IsValid(plain) || Base64Url.IsValid(plain)) ? plain.Length : 0);
}
