using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// A server of OpenAI's chat API, as its API reference has the stream (object <c>chat.completion.chunk</c>, role in the first delta,
/// usage in a chunk without choices, <c>[DONE]</c>), with <c>continue_final_message</c> as vLLM documents it.
/// </summary>
internal sealed class OpenAiFake(EngineCore core) : EngineFake(core)
{
    public const string Model = "some-vlm";

    /// <summary>What must stand in the Authorization header; null: nothing.</summary>
    public string? Key { get; init; }

    /// <summary>Whether it can stream.</summary>
    public bool CanStream { get; init; } = true;

    /// <summary>Models it lists.</summary>
    public IReadOnlyList<string> Models { get; set; } = [Model];

    public static async Task<OpenAiFake> StartAsync(EngineCore? core = null)
    {
        var fake = new OpenAiFake(core ?? new EngineCore());
        await fake.ListenAsync();
        return fake;
    }

    protected override void Map(WebApplication app)
    {
        app.MapGet("/v1/models", () => new { @object = "list", data = Models.Select(id => new { id, @object = "model" }) });
        app.MapPost("/v1/chat/completions", ChatAsync);
    }

    protected override string Error(int status, string message) =>
        $$$"""{"error":{"message":"{{{message}}}","type":"planted_error","param":null,"code":null}}""";

    private async Task ChatAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        Core.Bodies.Enqueue(body);
        if (Key is not null && http.Request.Headers.Authorization != $"Bearer {Key}")
        {
            http.Response.StatusCode = 401;
            await http.Response.WriteAsync(Error(401, "no such key"));
            return;
        }
        var request = JsonNode.Parse(body)!.AsObject();
        var question = new OpenAiQuestion(request, Core);
        await AnswerAsync(http, fault => question.Stream && CanStream ? StreamAsync(http, question, fault) : WholeAsync(http, question),
            request["messages"]);
    }

    private async Task StreamAsync(HttpContext http, OpenAiQuestion question, EngineFault? fault)
    {
        http.Response.ContentType = "text/event-stream";
        await RawAsync(http, ": a comment, as some servers send to keep a connection\n\n");
        for (var c = 0; c < question.Choices; c++)
            await ChunkAsync(http, OpenAiQuestion.Choice(c, new JsonObject { ["role"] = "assistant", ["content"] = "" }));
        if (fault?.Kind == EngineFaultKind.Nothing)
        {
            await ChunkAsync(http, OpenAiQuestion.Choice(0, [], fault.Message));
            await RawAsync(http, "data: [DONE]\n\n");
            return;
        }
        var error = $"data: {Error(500, "EngineDeadError")}\n\n";
        for (var i = 0; i < question.Length || fault?.Kind == EngineFaultKind.Endless; i++)
        {
            if (!await PlayAsync(http, fault, i, error))
                return;
            await ParkAsync(http, Core.TokenDelay(i));
            for (var c = 0; c < question.Choices; c++)
            {
                Core.Count();
                await ChunkAsync(http, question.Token(c, i));
            }
        }
        if (!await PlayAsync(http, fault, question.Length, error))
            return;
        for (var c = 0; c < question.Choices; c++)
            await ChunkAsync(http, OpenAiQuestion.Choice(c, [], question.Reason));
        if (fault?.Kind == EngineFaultKind.NoUsage)
            await ParkAsync(http, fault.Until);
        if (question.WantsUsage)
            await ChunkAsync(http, null, question.Usage);
        await RawAsync(http, "data: [DONE]\n\n");
    }

    private async Task WholeAsync(HttpContext http, OpenAiQuestion question)
    {
        for (var i = 0; i < question.Length * question.Choices; i++)
            Core.Count();
        var choices = new JsonArray([.. Enumerable.Range(0, question.Choices).Select(question.Whole)]);
        await http.Response.WriteAsJsonAsync(new JsonObject
        {
            ["object"] = "chat.completion", ["model"] = Model, ["choices"] = choices, ["usage"] = question.Usage,
        });
    }

    private static Task ChunkAsync(HttpContext http, JsonObject? choice, JsonObject? usage = null)
    {
        var chunk = new JsonObject
        {
            ["id"] = "chatcmpl-fake", ["object"] = "chat.completion.chunk", ["created"] = 1, ["model"] = Model,
            ["choices"] = choice is null ? [] : new JsonArray(choice), ["usage"] = usage,
        };
        return RawAsync(http, $"data: {chunk.ToJsonString(JsonSerializerOptions.Web)}\n\n");
    }
}
