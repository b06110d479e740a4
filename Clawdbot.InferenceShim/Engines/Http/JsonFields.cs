using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Reads fields of a document whose form differs between an engine's versions: a field that is absent or of another type counts as not
/// told.
/// </summary>
internal static class JsonFields
{
    /// <summary>A whole number.</summary>
    public static long? Whole(this JsonElement from, string name) =>
        from.Of(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    /// <summary>A text; may be empty.</summary>
    public static string? Text(this JsonElement from, string name) =>
        from.Of(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>True or false.</summary>
    public static bool? Flag(this JsonElement from, string name) => from.Of(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>Whatever it is; undefined where there is none.</summary>
    public static JsonElement Of(this JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) ? value : default;

    /// <summary>The items of an array; none where there is none.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement from, string name) =>
        from.Of(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];
}
