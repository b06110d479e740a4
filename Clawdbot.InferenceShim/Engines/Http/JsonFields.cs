using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Reads fields of a document whose form differs between an engine's versions: a field that is absent or of another type counts as not
/// told.
/// </summary>
internal static class JsonFields
{
    /// <summary>A field that is a whole number of 64 bits; null when it is not told.</summary>
    public static long? Whole(this JsonElement from, string name) =>
        from.Of(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    /// <summary>A field that is a string, perhaps empty; null when it is not told.</summary>
    public static string? Text(this JsonElement from, string name) =>
        from.Of(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A field that is true or false; null when it is not told.</summary>
    public static bool? Flag(this JsonElement from, string name) => from.Of(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>A field of any type; undefined when there is none.</summary>
    public static JsonElement Of(this JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) ? value : default;

    /// <summary>The items of a field that is an array; none when it is not told.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement from, string name) =>
        from.Of(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];
}
