using System.Text;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.Tests.Shim.Engines.Http;

/// <summary>Chunks given to <see cref="ChatChunks"/> as JSON, and what comes of them in words.</summary>
internal static class TakenChunks
{
    /// <summary>JSON objects with a space between them, one by one.</summary>
    public static string[] Apart(string objects) => objects.Replace("} {", "}\n{", StringComparison.Ordinal).Split('\n');

    /// <summary>Takes chunks, and shows each event that comes of them.</summary>
    public static List<string> Take(ChatChunks chunks, params string[] jsons)
    {
        var steps = new List<EngineEvent>();
        foreach (var json in jsons)
        {
            using var chunk = JsonDocument.Parse(json);
            chunks.Take(chunk.RootElement, steps);
        }
        return [.. steps.Select(s => s switch
        {
            EngineTokens t => $"{t.Index}: {t.Text} [{string.Join(',', t.Ids)}]",
            EnginePiece p => $"{p.Index}: {Encoding.UTF8.GetString(p.Choice.Span)}",
            _ => s.ToString(),
        })];
    }
}
