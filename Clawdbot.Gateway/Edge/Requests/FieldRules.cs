using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>Reads and checks values of fields. The reader stands on the value and is left on its end.</summary>
internal static class FieldRules
{
    public static string Text(ref Utf8JsonReader json, string name, int longest)
    {
        if (json.TokenType != JsonTokenType.String)
            throw Type(name, "a string");
        return json.ValueSpan.Length <= 6 * longest && json.GetString()! is { } text && text.Length <= longest
            ? text
            : throw ApiException.BadRequest("invalid_value", $"'{name}' is longer than {longest} characters.", name);
    }

    public static bool Flag(ref Utf8JsonReader json, string name) => json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw Type(name, "true or false"),
    };

    public static long? Whole(ref Utf8JsonReader json, string name, long from, long to)
    {
        if (json.TokenType == JsonTokenType.Null)
            return null;
        if (json.TokenType != JsonTokenType.Number)
            throw Type(name, "a whole number");
        // 5.0 is a whole number too: some languages have no other.
        var isWhole = json.TryGetInt64(out var value)
            || (json.TryGetDouble(out var number) && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue
                && (value = (long)number) == number);
        return isWhole && value >= from && value <= to
            ? value
            : throw ApiException.BadRequest("invalid_value", from == long.MinValue
                ? $"'{name}' must be a whole number of 64 bits."
                : $"'{name}' must be a whole number from {from} to {to}.", name);
    }

    public static void Number(ref Utf8JsonReader json, string name, double from, double to)
    {
        if (json.TokenType == JsonTokenType.Null)
            return;
        if (json.TokenType != JsonTokenType.Number)
            throw Type(name, "a number");
        if (!json.TryGetDouble(out var value) || value < from || value > to)
            throw ApiException.BadRequest("invalid_value", $"'{name}' must be a number from {from} to {to}.", name);
    }

    public static bool IncludeUsage(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType == JsonTokenType.Null)
            return false;
        if (json.TokenType != JsonTokenType.StartObject)
            throw Type(name, "an object");
        var include = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = json.ValueTextEquals("include_usage"u8);
            json.Read();
            if (wanted)
                include = Flag(ref json, $"{name}.include_usage");
            else
                json.Skip();
        }
        return include;
    }

    /// <summary>The error for a value of the wrong type.</summary>
    public static ApiException Type(string name, string wanted) =>
        ApiException.BadRequest("invalid_type", $"'{name}' must be {wanted}.", name);
}
