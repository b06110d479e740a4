using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>Reads fields that an object of a request must have.</summary>
internal static class BlockFields
{
    /// <summary>The value of a field.</summary>
    /// <param name="of">The fields of the object.</param>
    /// <param name="name">Name of the field.</param>
    /// <param name="at">Where the object stands.</param>
    /// <exception cref="ApiException">It is missing.</exception>
    public static RawJson Wanted(this Dictionary<string, RawJson> of, string name, string at) => of.TryGetValue(name, out var value)
        ? value
        : throw ApiException.BadRequest("missing_field", $"'{at}' has no '{name}'.", $"{at}.{name}");

    /// <summary>The value of a field that is a string, which may be long.</summary>
    /// <exception cref="ApiException">It is missing, or no string.</exception>
    public static RawJson WantedText(this Dictionary<string, RawJson> of, string name, string at) =>
        of.Wanted(name, at) is { IsText: true } text ? text : throw FieldRules.Type($"{at}.{name}", "a string");

    /// <summary>The value of the field <c>type</c>.</summary>
    /// <exception cref="ApiException">It is missing, no string, or longer than any type is.</exception>
    public static string WantedType(this Dictionary<string, RawJson> of, string at) => of.Wanted("type", at).Text($"{at}.type", 64);
}
