using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// llama.cpp's server as its sources have it at ggml-org/llama.cpp 23b5dbd (2026): <c>tools/server/server-common.cpp</c> for the request
/// (oaicompat_chat_params_parse), <c>server-schema.cpp</c> for its fields, <c>server-task.cpp</c> for the stream and the metrics,
/// <c>server-context.cpp</c> for slots and properties; the cached tokens of the metrics since #26389.
/// </summary>
internal sealed class LlamaCppFake(EngineCore core) : EngineFake(core)
{
    public const string Model = "Qwen3VL-30B-A3B-Instruct-Q4_K_M.gguf";
    public const string Build = "b10488-1a2b3c4";
    public const int Context = 8192;
    public const string TooLong = "request (20000 tokens) exceeds the available context size (8192 tokens), try increasing it";

    private readonly LlamaCppSlots _slots = new(core.Places, Context);

    /// <summary>
    /// Before #23012: it knows no <c>continue_final_message</c>, goes on with whatever the assistant said last, and shows nothing of it
    /// again.
    /// </summary>
    public bool IsOld { get; set; }

    /// <summary>It shows again what it goes on with, whatever it is told, as a build might.</summary>
    public bool Echoes { get; set; }

    /// <summary>The model thinks: before #23089 its answers can't be gone on with.</summary>
    public bool Thinks { get; set; }

    /// <summary>It has a projector.</summary>
    public bool TakesPictures { get; init; } = true;

    /// <summary>It runs with <c>--metrics</c>.</summary>
    public bool HasMetrics { get; init; } = true;

    /// <summary>It loads its model: nothing is answered but this.</summary>
    public bool IsLoading { get; set; }

    public static async Task<LlamaCppFake> StartAsync(EngineCore? core = null)
    {
        var fake = new LlamaCppFake(core ?? new EngineCore());
        await fake.ListenAsync();
        return fake;
    }

    protected override void Map(WebApplication app)
    {
        app.Use(async (http, next) =>
        {
            if (!IsLoading)
                await next(http);
            else
                await RefuseAsync(http, 503, "Loading model", "unavailable_error");
        });
        app.MapGet("/health", () => new { status = "ok" });
        app.MapGet("/props", () => new
        {
            default_generation_settings = new { n_ctx = Context }, total_slots = Core.Places, model_alias = Model,
            model_ftype = "Q4_K - Medium", model_path = $"/models/{Model}",
            modalities = new { vision = TakesPictures, audio = false }, endpoint_slots = true, endpoint_props = false,
            endpoint_metrics = HasMetrics,
            chat_template = "{% for message in messages %}...{% endfor %}", build_info = Build,
        });
        var model = new
        {
            id = Model, @object = "model", created = 1, owned_by = "llamacpp", meta = new { n_ctx = Context, n_ctx_train = 262144 },
        };
        app.MapGet("/v1/models", () => new { @object = "list", data = new[] { model } });
        app.MapGet("/slots", () => _slots.Told(IsOld));
        app.MapGet("/metrics", async (HttpContext http) =>
        {
            if (HasMetrics)
                await http.Response.WriteAsync(Metrics());
            else
                await RefuseAsync(http, 501, "This server does not support metrics endpoint. Start it with `--metrics`",
                    "not_supported_error");
        });
        app.MapPost("/v1/chat/completions", ChatAsync);
    }

    protected override string Error(int status, string message) =>
        $$$"""{"error":{"code":{{{status}}},"message":"{{{message}}}","type":"{{{(status == 400 ? "exceed_context_size_error" : "server_error")}}}"}}""";

    private static async Task RefuseAsync(HttpContext http, int status, string message, string type)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync($$$"""{"error":{"code":{{{status}}},"message":"{{{message}}}","type":"{{{type}}}"}}""");
    }

    private async Task ChatAsync(HttpContext http)
    {
        var request = (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!.AsObject();
        Core.Bodies.Enqueue(request.ToJsonString());
        var last = request["messages"]!.AsArray()[^1]!;
        var goesOn = last["role"]!.GetValue<string>() == "assistant";
        var isTold = !IsOld && request["continue_final_message"]?.GetValue<bool>() == true;
        if (goesOn && IsOld && Thinks)
        {
            await RefuseAsync(http, 400, "Assistant response prefill is incompatible with enable_thinking.", "invalid_request_error");
            return;
        }
        var echo = goesOn && (Echoes || (!IsOld && !isTold)) ? last["content"]!.GetValue<string>() : "";
        if (goesOn)
            // The last words are gone on with, told or not.
            (request["continue_final_message"], request["add_generation_prompt"]) = (true, false);
        var question = new OpenAiQuestion(request, Core);
        await AnswerAsync(http, fault => StreamAsync(http, question, echo, fault), request["messages"]);
    }

    private async Task StreamAsync(HttpContext http, OpenAiQuestion question, string echo, EngineFault? fault)
    {
        var slot = _slots.Enter(question.Usage["prompt_tokens"]!.GetValue<int>());
        var isFinished = false;
        try
        {
            isFinished = await StreamAsync(http, question, echo, fault, slot);
        }
        finally
        {
            if (fault?.Kind != EngineFaultKind.Leak)
                _slots.Leave(slot, isFinished);
        }
    }

    private async Task<bool> StreamAsync(
        HttpContext http, OpenAiQuestion question, string echo, EngineFault? fault, LlamaCppSlots.Slot slot)
    {
        http.Response.ContentType = "text/event-stream";
        var error = $"data: {Error(500, "Compute error.")}\n\n";
        await ChunkAsync(http, Choice(new JsonObject { ["role"] = "assistant", ["content"] = null }, null));
        for (var i = 0; i < question.Length || fault?.Kind == EngineFaultKind.Endless; i++)
        {
            if (!await PlayAsync(http, fault, i, error))
                return false;
            await ParkAsync(http, Core.TokenDelay(i));
            Core.Count();
            slot.Decoded++;
            var token = question.Token(0, i);
            if (i == 0 && echo.Length > 0)
                token["delta"]!["content"] = echo + token["delta"]!["content"];
            await ChunkAsync(http, token);
            if (i == 1)
                await RawAsync(http, ":\n\n"); // as with --sse-ping-interval
        }
        if (!await PlayAsync(http, fault, question.Length, error))
            return false;
        await ChunkAsync(http, Choice(new JsonObject(), question.Reason));
        if (fault?.Kind == EngineFaultKind.NoUsage)
            await ParkAsync(http, fault.Until);
        if (question.WantsUsage)
            await ChunkAsync(http, null, question.Usage);
        await RawAsync(http, "data: [DONE]\n\n");
        return true;
    }

    private static JsonObject Choice(JsonObject delta, string? reason) =>
        new() { ["finish_reason"] = reason, ["index"] = 0, ["delta"] = delta };

    private string Metrics()
    {
        string Told(string name, string type, long value) =>
            $"# HELP llamacpp:{name} ...\n# TYPE llamacpp:{name} {type}\nllamacpp:{name} {value}\n";
        return Told("prompt_tokens_total", "counter", 75) + (IsOld ? "" : Told("prompt_tokens_cached_total", "counter", 25))
            + Told("tokens_predicted_total", "counter", _slots.Predicted)
            + Told("n_decode_total", "counter", Core.Generated) + Told("requests_processing", "gauge", Core.Running)
            + Told("requests_deferred", "gauge", Core.Waiting);
    }

    private static Task ChunkAsync(HttpContext http, JsonObject? choice, JsonObject? usage = null)
    {
        var chunk = new JsonObject
        {
            ["choices"] = choice is null ? [] : new JsonArray(choice), ["created"] = 1, ["id"] = "chatcmpl-fake", ["model"] = Model,
            ["system_fingerprint"] = Build, ["object"] = "chat.completion.chunk",
        };
        if (usage is not null)
            (chunk["usage"], chunk["timings"]) = (usage, new JsonObject { ["cache_n"] = 0, ["prompt_n"] = 5, ["predicted_n"] = 12 });
        return RawAsync(http, $"data: {chunk.ToJsonString(JsonSerializerOptions.Web)}\n\n");
    }
}
