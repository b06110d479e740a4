using System.Text.Json;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>Checks short values that an engine says beside its text; what is of another type or too long counts as not said.</summary>
public static class EngineLabel
{
    /// <summary>Longest label, in characters.</summary>
    public const int MostCharacters = 256;

    /// <summary>A label such as <c>system_fingerprint</c>; null when it is none.</summary>
    public static string? Of(string? said) => said is { Length: > 0 and <= MostCharacters } ? said : null;

    /// <summary>A label such as <c>system_fingerprint</c>; null when it is none.</summary>
    public static string? Of(JsonElement said)
    {
        if (said.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return Of(said.GetString());
        }
        catch (InvalidOperationException)
        {
            return null; // half a character
        }
    }

    /// <summary>
    /// A <c>stop_reason</c> as vLLM has it: the stop string, or the id of the stop token; null when it is neither. It stays valid when the
    /// document that it is from is gone.
    /// </summary>
    public static JsonElement? StopReason(JsonElement said) =>
        Of(said) is not null || (said.ValueKind == JsonValueKind.Number && said.TryGetInt64(out _)) ? said.Clone() : null;
}
