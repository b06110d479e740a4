using System.Text.Json;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Checks a JSON document that belongs to a model.</summary>
internal static class JsonFile
{
    /// <summary>Says what is wrong with the file; null when it is a JSON object.</summary>
    public static string? Problem(string path)
    {
        if (!File.Exists(path))
            return $"model file {path} is missing: copy it there (is the copy complete?), or correct Engine:ModelPath";
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object ? null : $"model file {path} is no JSON object: copy it again";
        }
        catch (JsonException)
        {
            return $"model file {path} is not JSON (half copied?): copy it again";
        }
    }
}
