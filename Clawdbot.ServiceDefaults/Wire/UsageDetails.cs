using System.Text.Json;
using System.Text.Json.Nodes;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>
/// What an engine's <c>usage</c> tells beside the three counts of tokens, such as <c>prompt_tokens_details.cached_tokens</c>: numbers, and
/// objects of numbers. The shim takes them from the engine by this rule, and the gateway from the shim by the same one.
/// </summary>
public static class UsageDetails
{
    /// <summary>Most bytes of all fields together; more are dropped as a whole.</summary>
    public const int MostBytes = 4 << 10;

    /// <summary>Longest name of a field, in characters.</summary>
    public const int MostOfName = 64;

    /// <summary>Longest number, in characters.</summary>
    public const int MostDigits = 32;

    /// <summary>Levels of objects within the usage.</summary>
    public const int MostLevels = 3;

    /// <summary>Bytes that are counted for a field beside its name and number: quotes, colon, comma.</summary>
    private const int Marks = 4;

    /// <summary>The details as an object of their own.</summary>
    /// <param name="usage">The engine's usage, or what the shim passes on of it.</param>
    /// <returns>Null when there are none, or too many.</returns>
    public static JsonElement? Of(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
            return null;
        try
        {
            var left = MostBytes;
            return Fields(usage, 0, ref left) is { Count: > 0 } fields && left >= 0
                ? JsonDocument.Parse(fields.ToJsonString()).RootElement
                : null;
        }
        catch (InvalidOperationException)
        {
            return null; // a name that is no valid text
        }
    }

    /// <summary>Whether a field counts tokens, by its name: then its value is a whole number, not negative.</summary>
    public static bool CountsTokens(string name) => name.EndsWith("tokens", StringComparison.Ordinal);

    private static JsonObject Fields(JsonElement from, int level, ref int left)
    {
        var fields = new JsonObject();
        foreach (var field in from.EnumerateObject())
        {
            if (left < 0)
                break;
            if (!IsName(field.Name) || (level == 0 && field.Name is "prompt_tokens" or "completion_tokens" or "total_tokens"))
                continue;
            if (IsNumber(field))
            {
                left -= field.Name.Length + field.Value.GetRawText().Length + Marks;
                fields[field.Name] = JsonNode.Parse(field.Value.GetRawText());
            }
            else if (field.Value.ValueKind == JsonValueKind.Object && level < MostLevels && !CountsTokens(field.Name))
            {
                left -= field.Name.Length + Marks + 2;
                if (Fields(field.Value, level + 1, ref left) is { Count: > 0 } inner)
                    fields[field.Name] = inner;
            }
        }
        return fields;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MostOfName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private static bool IsNumber(JsonProperty field) => field.Value.ValueKind == JsonValueKind.Number
        && field.Value.GetRawText().Length <= MostDigits
        && (CountsTokens(field.Name)
            ? field.Value.TryGetInt64(out var whole) && whole >= 0
            : field.Value.TryGetDouble(out var number) && double.IsFinite(number)
                && !field.Name.EndsWith("_details", StringComparison.Ordinal)); // an object, by the API's schema
}
