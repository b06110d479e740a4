using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// Ollama as its sources have it at ollama/ollama fb30760 (0.33): <c>server/routes.go</c> for the routes and the stream (ChatHandler,
/// streamResponse), <c>api/types.go</c> for the shapes, <c>llm/llama_server.go</c> for a model whose own template is used.
/// </summary>
internal sealed class OllamaFake(EngineCore core) : EngineFake(core)
{
    public const string Model = "qwen3-vl:30b";
    public const int Context = 32768;

    /// <summary>The model is in memory, where the first request puts it.</summary>
    public bool IsLoaded { get; set; }

    /// <summary>The model's own template is used, by llama.cpp's server, which shows what it goes on with again.</summary>
    public bool IsNative { get; set; }

    /// <summary>Ollama does not say how it renders the model.</summary>
    public bool TellsTemplate { get; init; } = true;

    /// <summary>What the model can do.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = ["completion", "vision", "tools"];

    protected override string StreamType => "application/x-ndjson";

    public static async Task<OllamaFake> StartAsync(EngineCore? core = null)
    {
        var fake = new OllamaFake(core ?? new EngineCore());
        await fake.ListenAsync();
        return fake;
    }

    protected override void Map(WebApplication app)
    {
        object Listed(string name) => new
        {
            name, model = name, modified_at = "2026-08-21T18:48:22Z", size = 19_600_000_000, digest = $"sha256-of-{name}",
            details = new { format = "gguf", quantization_level = "Q4_K_M" },
        };
        app.MapGet("/api/version", () => new { version = "0.33.0" });
        app.MapGet("/api/tags", () => new { models = new[] { Listed(Model), Listed("llama3:latest") } });
        app.MapPost("/api/show", () => Shown());
        var loaded = new
        {
            name = Model, model = Model, size_vram = 19_600_000_000, context_length = Context, expires_at = "2318-01-01T00:00:00Z",
        };
        app.MapGet("/api/ps", () => new { models = IsLoaded ? new[] { loaded } : [] });
        app.MapPost("/api/chat", ChatAsync);
    }

    protected override string Error(int status, string message) => $$"""{"error":"{{message}}"}""";

    private JsonObject Shown()
    {
        var shown = new JsonObject
        {
            ["capabilities"] = new JsonArray([.. Capabilities.Select(c => JsonValue.Create(c))]),
            ["model_info"] = new JsonObject { ["qwen3vlmoe.context_length"] = 262144 },
        };
        if (TellsTemplate)
            shown["template"] = IsNative ? "{% for message in messages %}...{% endfor %}" : "{{ .Prompt }}";
        if (TellsTemplate && !IsNative)
            shown["renderer"] = "qwen3-vl-instruct";
        return shown;
    }

    private async Task ChatAsync(HttpContext http)
    {
        var request = (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!.AsObject();
        Core.Bodies.Enqueue(request.ToJsonString());
        if (request["model"]!.GetValue<string>() is not (Model or "llama3:latest"))
        {
            http.Response.StatusCode = 404;
            await http.Response.WriteAsync($$"""{"error":"model '{{request["model"]}}' not found"}""");
            return;
        }
        var last = request["messages"]!.AsArray()[^1]!;
        var given = last["role"]!.GetValue<string>() == "assistant" ? last["content"]!.GetValue<string>() : "";
        var question = new OpenAiQuestion(Asked(request, given.Length > 0), Core);
        IsLoaded = true;
        await AnswerAsync(http, fault => StreamAsync(http, question, IsNative ? given : "", request["tools"] is not null, fault),
            request["messages"]);
    }

    /// <summary>The request as the core's model understands it. A last message of the assistant is gone on with.</summary>
    private static JsonObject Asked(JsonObject request, bool goesOn)
    {
        var asked = new JsonObject { ["messages"] = request["messages"]!.DeepClone(), ["logprobs"] = request["logprobs"]?.DeepClone() };
        foreach (var (to, from) in ((string, string)[])[("seed", "seed"), ("max_tokens", "num_predict")])
            asked[to] = request["options"]?[from]?.DeepClone();
        if (goesOn)
            (asked["continue_final_message"], asked["add_generation_prompt"]) = (true, false);
        return asked;
    }

    private async Task StreamAsync(HttpContext http, OpenAiQuestion question, string echo, bool callsTool, EngineFault? fault)
    {
        http.Response.ContentType = "application/x-ndjson";
        var (error, arguments) = ($"{Error(500, "an error was encountered while running the model: CUDA error")}\n", "");
        for (var i = 0; i < question.Length || fault?.Kind == EngineFaultKind.Endless; i++)
        {
            if (!await PlayAsync(http, fault, i, error))
                return;
            await ParkAsync(http, Core.TokenDelay(i));
            Core.Count();
            var token = question.Token(0, i);
            var text = token["delta"]!["content"]!.GetValue<string>();
            if (callsTool)
                arguments += text;
            else
                await LineAsync(http, new JsonObject { ["role"] = "assistant", ["content"] = i == 0 ? echo + text : text },
                    token["logprobs"]?["content"]);
        }
        if (!await PlayAsync(http, fault, question.Length, error))
            return;
        if (callsTool)
            await LineAsync(http, new JsonObject { ["role"] = "assistant", ["content"] = "", ["tool_calls"] = Calls(arguments) }, null);
        await EndAsync(http, question);
    }

    private static JsonArray Calls(string argument) => [new JsonObject
    {
        ["id"] = "call_ab12cd34",
        ["function"] = new JsonObject { ["index"] = 0, ["name"] = "look", ["arguments"] = new JsonObject { ["at"] = argument } },
    }];

    private static Task EndAsync(HttpContext http, OpenAiQuestion question) => RawAsync(http, new JsonObject
    {
        ["model"] = Model, ["created_at"] = "2026-08-21T18:48:22Z",
        ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = "" }, ["done"] = true, ["done_reason"] = question.Reason,
        ["total_duration"] = 1, ["load_duration"] = 1, ["prompt_eval_count"] = question.Usage["prompt_tokens"]!.DeepClone(),
        ["eval_count"] = question.Usage["completion_tokens"]!.DeepClone(),
    }.ToJsonString(JsonSerializerOptions.Web) + "\n");

    private static Task LineAsync(HttpContext http, JsonObject message, JsonNode? logprobs)
    {
        var line = new JsonObject { ["model"] = Model, ["created_at"] = "2026-08-21T18:48:22Z", ["message"] = message, ["done"] = false };
        if (logprobs is not null)
            line["logprobs"] = logprobs.DeepClone();
        return RawAsync(http, line.ToJsonString(JsonSerializerOptions.Web) + "\n");
    }
}
