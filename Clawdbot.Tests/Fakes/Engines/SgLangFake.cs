using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// SGLang's server (0.5) as its sources have it (sgl-project/sglang 002897c): <c>python/sglang/srt/entrypoints/openai/serving_chat.py</c>
/// for the stream: the reason comes in a chunk of its own; token ids are refused; <c>http_server.py</c> for the rest;
/// <c>docs/references/production_metrics.md</c> for the metrics.
/// </summary>
internal sealed class SgLangFake(EngineCore core) : EngineFake(core)
{
    public const string Model = "Qwen/Qwen3-VL-30B-A3B-Instruct";
    public const int ContextLength = 16384;

    private readonly ConcurrentDictionary<string, bool> _zombies = [];

    /// <summary>Whether it runs with <c>--enable-deterministic-inference</c>.</summary>
    public bool IsDeterministic { get; init; } = true;

    /// <summary>Whether it runs with <c>--enable-metrics</c>.</summary>
    public bool HasMetrics { get; init; } = true;

    /// <summary>Tokens after which it breaks every answer off, as on shutdown; null: never.</summary>
    public int? AbortsAfter { get; set; }

    public static async Task<SgLangFake> StartAsync(EngineCore? core = null)
    {
        var fake = new SgLangFake(core ?? new EngineCore());
        await fake.ListenAsync();
        return fake;
    }

    protected override void Map(WebApplication app)
    {
        app.MapGet("/get_server_info", () => new
        {
            version = "0.5.20", status = "ready", context_length = ContextLength, enable_deterministic_inference = IsDeterministic,
        });
        app.MapGet("/v1/models", () => new
        {
            @object = "list",
            data = new[] { new { id = Model, @object = "model", owned_by = "sglang", root = Model, max_model_len = ContextLength } },
        });
        app.MapGet("/metrics", () => HasMetrics ? Results.Text(Metrics()) : Results.NotFound());
        app.MapPost("/v1/chat/completions", ChatAsync);
        app.MapPost("/abort_request", async (HttpContext http) => Abort((await BodyAsync(http))["rid"]!.GetValue<string>()));
    }

    protected override string Error(int status, string message) =>
        $$"""{"object":"error","message":"{{message}}","type":"BadRequestError","param":null,"code":{{status}}}""";

    private async Task ChatAsync(HttpContext http)
    {
        var request = await BodyAsync(http);
        Core.Bodies.Enqueue(request.ToJsonString());
        if (request["return_token_ids"]?.GetValue<bool>() == true && request["stream"]?.GetValue<bool>() == true)
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsync(Error(400, "return_token_ids is not supported with streaming on /v1/chat/completions."));
            return;
        }
        var question = new OpenAiQuestion(request, Core);
        await AnswerAsync(http, fault =>
        {
            if (fault?.Kind == EngineFaultKind.Leak)
                _zombies[request["rid"]!.GetValue<string>()] = true;
            return StreamAsync(http, question, fault);
        }, request["messages"]);
    }

    private async Task StreamAsync(HttpContext http, OpenAiQuestion question, EngineFault? fault)
    {
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        for (var c = 0; c < question.Choices; c++)
            await ChunkAsync(http, Choice(OpenAiQuestion.Choice(c, new JsonObject { ["role"] = "assistant", ["content"] = "" })));
        var error = $"data: {{\"error\":{Error(500, "Detokenizer is dead.")}}}\n\n";
        for (var i = 0; i < question.Length || fault?.Kind == EngineFaultKind.Endless; i++)
        {
            if (!await PlayAsync(http, fault, i, error))
                return;
            await ParkAsync(http, Core.TokenDelay(i));
            if (i == AbortsAfter)
                break;
            for (var c = 0; c < question.Choices; c++)
            {
                Core.Count();
                await ChunkAsync(http, Choice(question.Token(c, i)));
            }
        }
        for (var c = 0; c < question.Choices; c++)
            await ChunkAsync(http, Choice(OpenAiQuestion.Choice(c, [], AbortsAfter is null ? question.Reason : "abort")));
        if (question.WantsUsage)
            await ChunkAsync(http, null, question.Usage);
        await RawAsync(http, "data: [DONE]\n\n");
    }

    /// <summary>Fields that every choice and delta of SGLang's has, empty mostly.</summary>
    private static JsonObject Choice(JsonObject choice)
    {
        var delta = choice["delta"]!.AsObject();
        foreach (var name in (string[])["role", "content", "reasoning_content", "tool_calls"])
            delta.TryAdd(name, null);
        choice["matched_stop"] = null;
        return choice;
    }

    private void Abort(string id)
    {
        foreach (var zombie in _zombies.Keys.Where(z => z.StartsWith(id, StringComparison.Ordinal)))
        {
            if (_zombies.TryRemove(zombie, out _))
                Core.Leave();
        }
    }

    private string Metrics()
    {
        string Series(string more = "") => $"{{model_name=\"{Model}\",tp_rank=\"0\"{more}}}";
        return $"# TYPE sglang:num_running_reqs gauge\nsglang:num_running_reqs{Series(",priority=\"\"")} {Core.Running}.0\n"
            + $"sglang:num_running_reqs{Series(",priority=\"0\"")} {Core.Running}.0\n"
            + $"sglang:num_queue_reqs{Series()} {Core.Waiting}.0\n"
            + $"sglang:token_usage{Series()} {(Core.Running / (double)Core.Places).ToString(CultureInfo.InvariantCulture)}\n"
            + $"sglang:cache_hit_rate{Series()} 0.25\nsglang:generation_tokens_total{Series()} 0.0\n"
            + $"sglang:realtime_tokens_total{Series(",mode=\"decode\"")} {Core.Generated}.0\n"
            + $"sglang:realtime_tokens_total{Series(",mode=\"prefill_compute\"")} {Core.PromptTokens}.0\n"
            + $"sglang:num_retracted_requests_total{Series(",priority=\"\"")} {Core.Preemptions}.0\n";
    }

    private static async Task<JsonObject> BodyAsync(HttpContext http) =>
        (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!.AsObject();

    private static Task ChunkAsync(HttpContext http, JsonObject? choice, JsonObject? usage = null)
    {
        var chunk = new JsonObject
        {
            ["id"] = "fake", ["object"] = "chat.completion.chunk", ["created"] = 1, ["model"] = Model,
            ["choices"] = choice is null ? [] : new JsonArray(choice), ["usage"] = usage,
        };
        return RawAsync(http, $"data: {chunk.ToJsonString(JsonSerializerOptions.Web)}\n\n");
    }
}
