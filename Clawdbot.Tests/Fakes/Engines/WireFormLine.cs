using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>Changes one line of an answer in OpenAI's form; what an engine says of itself has its port in it.</summary>
internal static class WireFormLine
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Change(string line, WireForm form, int port)
    {
        if (!line.StartsWith("data: {", StringComparison.Ordinal))
            return form == WireForm.NoSpaceBehindColon ? line.Replace("data: ", "data:", StringComparison.Ordinal) : line;
        return form switch
        {
            WireForm.Comments => $": still here\n\n: and here\n{line}",
            WireForm.SeveralDataLines => line.Replace("data: {", "data: {\ndata: ", StringComparison.Ordinal),
            WireForm.NoSpaceBehindColon => line.Replace("data: ", "data:", StringComparison.Ordinal),
            WireForm.NoReason or WireForm.EmptyReasons or WireForm.ReasonInEachChunk or WireForm.NoUsage or WireForm.UsageInEachChunk
                or WireForm.SplitCharacters or WireForm.ContentInParts => Chunk(line, form),
            WireForm.MoreThanText => More(line, port),
            _ => line,
        };
    }

    private static string Chunk(string line, WireForm form)
    {
        var chunk = JsonNode.Parse(line[6..])!.AsObject();
        if (form == WireForm.NoUsage)
            chunk.Remove("usage");
        if (form == WireForm.UsageInEachChunk && chunk["usage"] is null)
            chunk["usage"] = new JsonObject { ["prompt_tokens"] = 5, ["completion_tokens"] = 1, ["total_tokens"] = 6 };
        foreach (var choice in (chunk["choices"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (form == WireForm.NoReason)
                choice.Remove("finish_reason");
            if (form == WireForm.EmptyReasons && choice["finish_reason"] is null)
                choice["finish_reason"] = "";
            if (form == WireForm.ReasonInEachChunk && choice["finish_reason"] is null)
                choice["finish_reason"] = "stop";
            if (choice["delta"]?["content"] is not JsonValue content || content.GetValue<string>() is not { Length: > 0 } text)
                continue;
            if (form == WireForm.ContentInParts)
                choice["delta"]!["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text });
            if (form == WireForm.SplitCharacters)
            {
                // A character beyond the basic plane behind the text: its first half here, its second half in the next event.
                var first = chunk.ToJsonString(Relaxed).Replace(Quoted(text), Quoted(text)[..^1] + Escape(0xD83D) + "\"", StringComparison.Ordinal);
                choice["delta"] = new JsonObject { ["content"] = "@" };
                var second = chunk.ToJsonString(Relaxed).Replace("\"@\"", $"\"{Escape(0xDE00)}\"", StringComparison.Ordinal);
                return $"data: {first}\n\ndata: {second}";
            }
        }
        return $"data: {chunk.ToJsonString(Relaxed)}";
    }

    /// <summary>Fingerprint, tier, what stopped a choice, and usage with fields that may pass and others that may not.</summary>
    private static string More(string line, int port)
    {
        var chunk = JsonNode.Parse(line[6..])!.AsObject();
        (chunk["system_fingerprint"], chunk["service_tier"]) = (string.Create(CultureInfo.InvariantCulture, $"fp_{port}"), "default");
        foreach (var choice in (chunk["choices"] as JsonArray ?? []).OfType<JsonObject>().Where(c => c["finish_reason"] is not null))
            choice["stop_reason"] = "。\n\"";
        if (chunk["usage"] is JsonObject usage)
        {
            usage["prompt_tokens_details"] = JsonNode.Parse("""{"cached_tokens":1000,"audio_tokens":0,"note":"no number"}""");
            usage["completion_tokens_details"] = JsonNode.Parse("""{"reasoning_tokens":2,"accepted_prediction_tokens":1}""");
            usage["queue_time"] = 0.25;
            (usage["cost"], usage["is_free"]) = (new JsonArray(1), true);
        }
        return $"data: {chunk.ToJsonString(Relaxed)}";
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Relaxed);

    private static string Escape(int half) => string.Create(CultureInfo.InvariantCulture, $"\\u{half:x4}");
}
