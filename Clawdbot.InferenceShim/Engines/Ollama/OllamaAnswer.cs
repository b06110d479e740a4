using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.Ollama;

/// <summary>Translates the lines of one of Ollama's answers into chunks of OpenAI's form.</summary>
internal sealed class OllamaAnswer
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _chunk = new();
    private int _calls;

    /// <summary>Makes a chunk of a line; it is valid until the next call.</summary>
    /// <exception cref="JsonException">The line is none of an answer.</exception>
    public JsonDocument ToChunk(JsonElement line)
    {
        var (message, isDone) = (line.Of("message"), line.Flag("done") == true);
        if (message.ValueKind != JsonValueKind.Object && !isDone)
            throw new JsonException("there is no message in it.");
        _chunk.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_chunk, Relaxed))
        {
            json.WriteStartObject();
            json.WriteStartArray("choices");
            Choice(json, line, message, isDone);
            json.WriteEndArray();
            if (isDone)
                Usage(json, line);
            json.WriteEndObject();
        }
        return JsonDocument.Parse(_chunk.WrittenMemory);
    }

    private void Choice(Utf8JsonWriter json, JsonElement line, JsonElement message, bool isDone)
    {
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        if (message.Text("content") is { Length: > 0 } text)
            json.WriteString("content", text);
        if (message.Text("thinking") is { Length: > 0 } thinking)
            json.WriteString("reasoning_content", thinking);
        Calls(json, message.Items("tool_calls"));
        json.WriteEndObject();
        if (line.Of("logprobs") is { ValueKind: JsonValueKind.Array } logprobs && logprobs.GetArrayLength() > 0)
        {
            json.WriteStartObject("logprobs"); // the items have OpenAI's shape
            json.WritePropertyName("content");
            logprobs.WriteTo(json);
            json.WriteEndObject();
        }
        if (isDone)
            json.WriteString("finish_reason", Reason(line.Text("done_reason")));
        json.WriteEndObject();
    }

    /// <summary>Writes tool calls; each comes whole, with its arguments as JSON.</summary>
    private void Calls(Utf8JsonWriter json, IEnumerable<JsonElement> calls)
    {
        var isOpen = false;
        foreach (var call in calls)
        {
            if (!isOpen)
                json.WriteStartArray("tool_calls");
            isOpen = true;
            var (function, id) = (call.Of("function"), call.Text("id"));
            json.WriteStartObject();
            json.WriteNumber("index", _calls++);
            json.WriteString("id", id is { Length: > 0 } ? id : $"call_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", function.Text("name") ?? throw new JsonException("a tool call has no name."));
            json.WriteString("arguments",
                function.Of("arguments") is { ValueKind: JsonValueKind.Object } arguments ? arguments.GetRawText() : "{}");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        if (isOpen)
            json.WriteEndArray();
    }

    private string Reason(string? reason) => reason switch
    {
        "length" => "length",
        "load" or "unload" =>
            throw new EngineFailureException("engine_aborted", "Ollama loaded or unloaded the model instead of answering."),
        _ => _calls > 0 ? "tool_calls" : "stop",
    };

    /// <summary>Writes the token counts; Ollama leaves out a count of 0.</summary>
    private static void Usage(Utf8JsonWriter json, JsonElement line)
    {
        json.WriteStartObject("usage");
        if (line.Whole("prompt_eval_count") is { } prompt)
            json.WriteNumber("prompt_tokens", prompt);
        json.WriteNumber("completion_tokens", line.Whole("eval_count") ?? 0);
        json.WriteEndObject();
    }
}
