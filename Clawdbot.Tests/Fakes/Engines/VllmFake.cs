using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// vLLM's server as its sources have it at vllm-project/vllm 055e47c (0.32):
/// <c>vllm/frontend/entrypoints/openai/chat_completion/serving.py</c> for the chat stream, <c>scale_out/render/serving.py</c> and
/// <c>scale_out/token_in_token_out/serving.py</c> for render and generate, and <c>docs/design/metrics.md</c> (0328b59) for the metrics.
/// </summary>
internal sealed class VllmFake(EngineCore core) : EngineFake(core)
{
    public const string Model = "Qwen/Qwen3-VL-30B-A3B-Instruct";
    public const int MaxLength = 8192;

    private readonly HashSet<string> _seen = [];
    private long _asked, _hits;

    /// <summary>Before 0.9: other metric names, and no generating from tokens.</summary>
    public bool IsOld { get; set; }

    /// <summary>Whether a rendered picture comes with its tensors, as with <c>--mm-processor-cache-gb 0</c>.</summary>
    public bool RendersPictures { get; set; } = true;

    /// <summary>Tokens that share a chunk, as with <c>--stream-interval</c>.</summary>
    public int Interval { get; set; } = 1;

    /// <summary>Bodies of the requests to generate from tokens.</summary>
    public List<string> Generates { get; } = [];

    public static async Task<VllmFake> StartAsync(EngineCore? core = null)
    {
        var fake = new VllmFake(core ?? new EngineCore());
        await fake.ListenAsync();
        return fake;
    }

    protected override void Map(WebApplication app)
    {
        app.MapGet("/version", () => new { version = IsOld ? "0.8.5" : "0.32.0" });
        app.MapGet("/v1/models", () => new
        {
            @object = "list",
            data = ((string[])[Model, "an-adapter"]).Select(id => new { id, @object = "model", max_model_len = MaxLength }),
        });
        app.MapGet("/metrics", () => Metrics());
        app.MapPost("/v1/chat/completions", ChatAsync);
        app.MapPost("/detokenize", async (HttpContext http) => new
        {
            prompt = VllmTokens.Decode((await BodyAsync(http))["tokens"]!.AsArray().Select(t => t!.GetValue<int>())),
        });
        app.MapPost("/v1/chat/completions/render",
            async (HttpContext http) => IsOld ? Results.NotFound() : Results.Json(Render(await BodyAsync(http))));
        app.MapPost("/inference/v1/generate", GenerateAsync);
    }

    protected override string Error(int status, string message) =>
        $$$"""{"error":{"message":"{{{message}}}","type":"InternalServerError","param":null,"code":{{{status}}}}}""";

    private async Task ChatAsync(HttpContext http)
    {
        var request = await BodyAsync(http);
        Core.Bodies.Enqueue(request.ToJsonString());
        var (messages, given) = (request["messages"]!.AsArray(), 0);
        if (request["continue_final_message"]?.GetValue<bool>() == true)
        {
            if (request["add_generation_prompt"]?.GetValue<bool>() != false)
                throw new InvalidOperationException("continue_final_message and add_generation_prompt exclude each other.");
            given = EngineCore.Tokenize(messages[^1]!["content"]!.GetValue<string>()).Count * 2;
            messages.RemoveAt(messages.Count - 1);
        }
        var (ids, hashes) = VllmTokens.Prompt(messages);
        // Text comes back as other tokens than it was: what follows is near to what would have come, and not the same.
        var seed = Core.SeedOf(request["seed"]?.GetValue<long>()) + (given > 0 ? 1_000_003 : 0);
        var choices = Enumerable.Range(0, request["n"]?.GetValue<int>() ?? 1)
            .Select(c => new VllmAnswer(Key(ids, hashes), seed + 7919L * c, given, Core, request)).ToList();
        await AnswerAsync(http, async fault =>
        {
            Query(ids, hashes);
            await StreamAsync(http, choices, fault, ids.Count + given, isText: true,
                withIds: request["return_token_ids"]?.GetValue<bool>() == true ? ids : null);
        }, messages);
    }

    /// <summary>What <c>GenerateRequest</c> holds; of the sampling parameters only those that have not their defaults.</summary>
    private JsonObject Render(JsonObject request)
    {
        var (ids, hashes) = VllmTokens.Prompt(request["messages"]!.AsArray());
        var sampling = new JsonObject();
        string[] known = ["seed", "stop", "temperature", "presence_penalty", "frequency_penalty", "min_tokens", "n", "ignore_eos"];
        foreach (var name in known)
        {
            if (request[name] is { } value)
                sampling[name] = value.DeepClone();
        }
        var limit = (request["max_completion_tokens"] ?? request["max_tokens"])?.GetValue<int>() ?? MaxLength - ids.Count;
        if (limit != 16)
            sampling["max_tokens"] = limit;
        var features = hashes.Count == 0 ? null : new JsonObject
        {
            ["mm_hashes"] = new JsonObject { ["image"] = new JsonArray([.. hashes.Select(h => JsonValue.Create(h))]) },
            ["mm_placeholders"] = new JsonObject { ["image"] = new JsonArray([.. VllmTokens.Places(ids)]) },
            ["kwargs_data"] = new JsonObject
            {
                ["image"] = new JsonArray([.. hashes.Select(h =>
                    RendersPictures ? JsonValue.Create(Convert.ToBase64String(Encoding.UTF8.GetBytes(h))) : null)]),
            },
        };
        return new JsonObject
        {
            ["request_id"] = "chatcmpl-fake", ["token_ids"] = new JsonArray([.. ids.Select(i => JsonValue.Create(i))]),
            ["features"] = features, ["sampling_params"] = sampling,
            ["model"] = request["model"]?.DeepClone(), ["stream"] = false, ["stream_options"] = null, ["cache_salt"] = null,
            ["priority"] = 0,
        };
    }

    private async Task GenerateAsync(HttpContext http)
    {
        var request = await BodyAsync(http);
        lock (Generates)
            Generates.Add(request.ToJsonString());
        var all = request["token_ids"]!.AsArray().Select(t => t!.GetValue<int>()).ToList();
        var length = VllmTokens.PromptLength(all);
        var hashes = request["features"]?["kwargs_data"]!["image"]!.AsArray()
            .Select(k => Encoding.UTF8.GetString(Convert.FromBase64String(k!.GetValue<string>()))).ToList() ?? [];
        var sampling = request["sampling_params"]!.AsObject();
        var answer = new VllmAnswer(Key(all[..length], hashes), Core.SeedOf(sampling["seed"]?.GetValue<long>()), all.Count - length, Core,
            sampling);
        await AnswerAsync(http, fault => StreamAsync(http, [answer], fault, all.Count, isText: false, withIds: null));
    }

    private async Task StreamAsync(
        HttpContext http, List<VllmAnswer> choices, EngineFault? fault, int promptTokens, bool isText, List<int>? withIds)
    {
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        var (error, count, open) = ($"data: {Error(500, "EngineCore encountered an issue.")}\n\n", 0,
            choices.Select(c => c.Steps(fault?.Kind == EngineFaultKind.Endless).Chunk(Interval).GetEnumerator()).ToList());
        for (var c = 0; c < choices.Count && isText; c++)
            await SendAsync(http, First(c, withIds));
        var i = 0;
        for (; open.Any(o => o is not null); i++)
        {
            if (!await PlayAsync(http, fault, i, error))
                return;
            await ParkAsync(http, Core.TokenDelay(i));
            for (var c = 0; c < choices.Count; c++)
            {
                if (open[c] is not { } steps || !steps.MoveNext())
                    continue;
                foreach (var _ in steps.Current)
                    Core.Count();
                count += steps.Current.Length;
                await SendAsync(http,
                    new JsonObject { ["choices"] = new JsonArray(Choice(c, steps.Current, isText, !isText || withIds is not null)) });
                if (steps.Current[^1].Reason is not null)
                    open[c] = null!;
            }
        }
        if (!await PlayAsync(http, fault, i, error))
            return;
        if (fault?.Kind == EngineFaultKind.NoUsage)
            await ParkAsync(http, fault.Until);
        var usage = new JsonObject
        {
            ["prompt_tokens"] = promptTokens, ["total_tokens"] = promptTokens + count, ["completion_tokens"] = count,
        };
        await SendAsync(http, new JsonObject { ["choices"] = new JsonArray(), ["usage"] = usage });
        await RawAsync(http, "data: [DONE]\n\n");
    }

    private static JsonObject First(int index, List<int>? promptIds) => new()
    {
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = index, ["delta"] = new JsonObject { ["role"] = "assistant", ["content"] = "" },
            ["logprobs"] = null, ["finish_reason"] = null,
        }),
        ["prompt_token_ids"] = promptIds is null ? null : new JsonArray([.. promptIds.Select(i => JsonValue.Create(i))]),
    };

    private static JsonObject Choice(int index, VllmAnswer.Step[] steps, bool isText, bool withIds)
    {
        var choice = new JsonObject { ["index"] = index };
        if (isText)
            (choice["delta"], choice["stop_reason"]) = (new JsonObject { ["content"] = string.Concat(steps.Select(s => s.Text)) }, steps[^1].Stop);
        (choice["logprobs"], choice["finish_reason"]) = (null, steps[^1].Reason);
        choice["token_ids"] = withIds ? new JsonArray([.. steps.Select(s => JsonValue.Create(s.Id))]) : null;
        return choice;
    }

    private string Metrics()
    {
        var (labels, old) = ($"{{engine=\"0\",model_name=\"{Model}\"}}", IsOld ? "gpu_" : "");
        const string waiting = "vllm:num_requests_waiting_by_reason";
        var reasons = IsOld
            ? ""
            : $"{waiting}{{engine=\"0\",model_name=\"{Model}\",reason=\"capacity\"}} {Core.Waiting}.0\n"
            + $"{waiting}{{engine=\"0\",model_name=\"{Model}\",reason=\"deferred\"}} {Core.Deferred}.0\n";
        var used = (Core.Running / (double)Core.Places).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return "# HELP vllm:num_requests_running Number of requests in model execution batches.\n"
            + $"# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running{labels} {Core.Running}.0\n"
            + $"vllm:num_requests_waiting{labels} {Core.Waiting + (IsOld ? 0 : Core.Deferred)}.0\n"
            + $"{reasons}vllm:{(IsOld ? "gpu" : "kv")}_cache_usage_perc{labels} {used}\n"
            + $"vllm:{old}prefix_cache_queries_total{labels} {_asked}.0\nvllm:{old}prefix_cache_queries_created{labels} 1.7e+09\n"
            + $"vllm:{old}prefix_cache_hits_total{labels} {_hits}.0\n"
            + $"vllm:generation_tokens_total{labels} {Core.Generated}.0\nvllm:generation_tokens_created{labels} 1.7e+09\n"
            + $"vllm:prompt_tokens_total{labels} {Core.PromptTokens}.0\nvllm:num_preemptions_total{labels} {Core.Preemptions}.0\n";
    }

    private void Query(List<int> ids, List<string> hashes)
    {
        lock (_seen)
        {
            _asked += ids.Count;
            _hits += _seen.Add(Key(ids, hashes)) ? 0 : ids.Count;
        }
    }

    private static string Key(List<int> ids, List<string> hashes) => $"{string.Join(',', ids)}|{string.Join(',', hashes)}";

    private static async Task<JsonObject> BodyAsync(HttpContext http) =>
        (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!.AsObject();

    private static Task SendAsync(HttpContext http, JsonObject chunk)
    {
        (chunk["id"], chunk["object"], chunk["created"], chunk["model"]) = ("chatcmpl-fake", "chat.completion.chunk", 1, Model);
        return RawAsync(http, $"data: {chunk.ToJsonString(JsonSerializerOptions.Web)}\n\n");
    }
}
