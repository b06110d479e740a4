using System.Buffers;
using System.Text.Json;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>
/// The usage for the client: the first attempt's prompt and the tokens delivered, whatever the number of attempts, and the details as the
/// attempt that ended the answer has them. If that one only continued it, its engine took what it was given for prompt, and knows
/// nothing of what others generated: no detail then counts more tokens than the prompt or the answer has.
/// </summary>
internal static class Usage
{
    /// <summary>Writes it as a JSON object.</summary>
    public static void Write(IBufferWriter<byte> output, ResponseState response)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteNumber("prompt_tokens"u8, response.PromptTokens);
        json.WriteNumber("completion_tokens"u8, response.Tokens);
        json.WriteNumber("total_tokens"u8, (long)response.PromptTokens + response.Tokens);
        if (response.Extras.Usage is { } details)
        {
            foreach (var field in details.EnumerateObject())
                Field(json, field, response.Extras.IsOfPart ? Most(field.Name, response) : long.MaxValue);
        }
        json.WriteEndObject();
    }

    /// <summary>One number of the details, such as the tokens that were cached; 0 where the engine does not tell it.</summary>
    public static long Detail(ResponseState response, string of, string name) =>
        response.Extras.Usage is { ValueKind: JsonValueKind.Object } details
        && details.TryGetProperty(of, out var part) && part.ValueKind == JsonValueKind.Object
        && part.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var tokens)
            ? Math.Clamp(tokens, 0, response.Extras.IsOfPart ? Most(name, response) : long.MaxValue)
            : 0;

    /// <summary>The most tokens that a detail can count, by the name of the field: those of the prompt, or of the answer.</summary>
    private static long Most(string name, ResponseState response) =>
        name.Contains("prompt", StringComparison.Ordinal) || name.Contains("cache", StringComparison.Ordinal)
            ? response.PromptTokens
            : response.Tokens;

    private static void Field(Utf8JsonWriter json, JsonProperty field, long most)
    {
        json.WritePropertyName(field.Name);
        if (field.Value.ValueKind == JsonValueKind.Object)
        {
            json.WriteStartObject();
            foreach (var inner in field.Value.EnumerateObject())
                Field(json, inner, most);
            json.WriteEndObject();
        }
        else if (UsageDetails.CountsTokens(field.Name) && field.Value.TryGetInt64(out var tokens) && tokens > most)
        {
            json.WriteNumberValue(most);
        }
        else
        {
            field.Value.WriteTo(json);
        }
    }
}
