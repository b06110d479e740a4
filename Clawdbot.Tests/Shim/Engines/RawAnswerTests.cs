using System.Net;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Shim.Engines;

/// <summary>Answers byte for byte as servers were seen to send them: whole, or told to have failed; never a part that looks whole.</summary>
public sealed class RawAnswerTests
{
    private const string Lines = "application/x-ndjson", Events = "text/event-stream", Json = "application/json", Text = "text/plain";
    private const string Hel = """data: {"choices":[{"delta":{"content":"Hel"}}]}""";
    private const string Lo = """data: {"choices":[{"delta":{"content":"lo"}}]}""";
    private const string Stop = """data: {"choices":[{"delta":{},"finish_reason":"stop"}]}""";

    public static TheoryData<string, string, string, string, string> Answers => new()
    {
        { "openai", Events, "an error as a field of its own, as llama.cpp's server has it", $"{Hel}\n\nerror: {{\"code\":500,\"message\":\"out of cache\"}}\n\ndata: [DONE]\n\n", "engine_failed" },
        { "openai", Events, "an error by the event's name", $"{Hel}\n\nevent: error\ndata: {{\"message\":\"out of cache\"}}\n\ndata: [DONE]\n\n", "engine_failed" },
        { "openai", Events, "two chunks in one event", $"{Hel}\n{Lo}\n\n{Stop}\n\ndata: [DONE]\n\n", "engine_malformed" },
        { "openai", Events, "no end at all", $"{Hel}\n\n{Lo}\n\n", "engine_cut" },
        { "openai", Events, "an end without a reason", $"{Hel}\n\n{Lo}\n\ndata: [DONE]\n\n", "Hello" },
        { "openai", Events, "one chunk, and no blank line behind the end", "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n", "Hello" },
        { "openai", Events, "one chunk, and a close", "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\n", "Hello" },
        { "openai", Events, "nothing to say", "data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", "" },
        { "openai", Events, "an early reason, and a cut before any text", "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\nda", "engine_cut" },
        { "openai", Events, "an end, and nothing before it", "data: [DONE]\n\n", "engine_cut" },
        { "openai", Events, "text behind the reason", $"{Hel}\n\n{Stop}\n\n{Lo}\n\ndata: [DONE]\n\n", "Hello" },
        { "openai", Events, "text behind the reason, cut", $"{Hel}\n\n{Stop}\n\n{Lo}\n\nda", "engine_cut" },
        { "openai", Text, "events as text", $"{Hel}\n\n{Lo}\n\n{Stop}\n\n", "Hello" },
        { "openai", Json, "events as JSON", $"{Hel}\n\n{Lo}\n\n{Stop}\n\n", "Hello" },
        { "openai", Json, "a document behind blank lines", $"{new string('\n', 40)}{{\"choices\":[{{\"message\":{{\"content\":\"Hello\"}},\"finish_reason\":\"stop\"}}]}}", "Hello" },
        { "openai", Text, "a document as text, with a byte order mark", "\uFEFF{\"choices\":[{\"message\":{\"content\":\"Hello\"},\"finish_reason\":\"\"}]}", "Hello" },
        { "openai", Json, "two documents", "{\"choices\":[{\"message\":{\"content\":\"Hel\"}}]}\n{\"choices\":[{\"message\":{\"content\":\"lo\"}}]}", "engine_malformed" },
        { "openai", "text/html", "a page", "<html>It works!</html>", "engine_malformed" },
        { "ollama", Lines, "lines", "{\"message\":{\"content\":\"Hel\"},\"done\":false}\n{\"message\":{\"content\":\"lo\"},\"done\":true}\n", "Hello" },
        { "ollama", Text, "lines as text", "{\"message\":{\"content\":\"Hel\"},\"done\":false}\n{\"message\":{\"content\":\"lo\"},\"done\":true}\n", "Hello" },
        { "ollama", Json, "lines as JSON, with a byte order mark", "\uFEFF{\"message\":{\"content\":\"Hel\"},\"done\":false}\n{\"message\":{\"content\":\"lo\"},\"done\":true}\n", "Hello" },
        { "ollama", Json, "one document, no end of line", "{\"message\":{\"content\":\"Hello\"},\"done\":true}", "Hello" },
        { "ollama", Lines, "half a line", "{\"message\":{\"content\":\"Hel\"},\"done\":false}\n{\"message\":{\"con", "engine_cut" },
        { "ollama", Json, "lines, cut", "{\"message\":{\"content\":\"Hel\"},\"done\":false}\n", "engine_cut" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task It_is_whole_or_told_to_have_failed(string kind, string type, string what, string body, string expected)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var engine = builder.Build();
        engine.Urls.Add($"http://{IPAddress.Loopback}:0");
        engine.MapGet("/{**path}", () => Results.Json(new { version = "1", models = new[] { new { name = "m", model = "m", digest = "d" } } }));
        engine.MapPost("/api/show", () => Results.Json(new { capabilities = new[] { "completion" }, model_info = new { } }));
        engine.MapPost("/{**path}", (HttpContext http) =>
        {
            http.Response.ContentType = type;
            return http.Response.WriteAsync(body);
        });
        await engine.StartAsync();
        await using var shim = await HostedShim.StartAsync(
            "--Liveness:Canary=Off", $"--Engine:Kind={kind}", $"--Engine:Address={engine.Urls.First()}", "--Engine:Model=m");
        using var caller = new FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var answer = await caller.GenerateAsync("""{"model":"m","messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal((what, expected), (what, answer.Error?.Code ?? answer.Text));
        Assert.Equal(answer.Error is null ? 1 : 0, answer.Finishes.Count());
    }
}
