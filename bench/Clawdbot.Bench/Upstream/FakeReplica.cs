using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Bench.Upstream;

/// <summary>
/// A replica that costs next to nothing, in a process of its own, for everyone who is measured: the fleet's dialect for our gateway,
/// OpenAI's for plain proxies, the same number of chunks at the same pace. How many, and how fast, is in the request: <c>seed</c> is
/// 1,000,000 x milliseconds between chunks + chunks.
/// </summary>
internal static class FakeReplica
{
    public const string Secret = "fleet-secret-of-the-benchmark";
    public const string Model = "bench";

    private const int MostTokens = 64;
    private const int MostMilliseconds = 100;

    private static readonly byte[] FleetStart = ("event: start\n"u8
        + "data: {\"instance\":\"bench\",\"identity\":\"bench\",\"model\":\"bench\",\"prompt_tokens\":5}\n\n"u8).ToArray();
    private static readonly byte[] OpenAiStart = Chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null");
    private static readonly byte[] OpenAiToken = Chunk("{\"content\":\"token \"}", "null");
    private static readonly byte[] OpenAiEnd = [.. Chunk("{}", "\"stop\""), .. "data: [DONE]\n\n"u8];

    private const string Listening = "upstream listening on ";

    /// <summary>Starts one in a process of its own.</summary>
    /// <param name="cut">
    /// Chunks after which a stream of our dialect breaks off, unless it continues one that did; 0: streams never break off.
    /// </param>
    public static async Task<(RunningProgram Program, Uri Address)> StartAsync(int cut = 0)
    {
        var (program, address) = await RunningProgram.StartAsync(Environment.ProcessPath!,
            ["upstream", "http://127.0.0.1:0", "--cut", cut.ToString(CultureInfo.InvariantCulture)],
            line => line.StartsWith(Listening, StringComparison.Ordinal) ? line[Listening.Length..] : null);
        return (program, new Uri(address));
    }

    /// <summary>Serves until the process is killed.</summary>
    public static async Task RunAsync(string url, int cut)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        app.MapGet(FleetRoutes.Proof, (HttpContext http) => http.Response.Headers[FleetHeaders.Proof] =
            FleetProof.Answer(Secret, http.Request.Headers[FleetHeaders.Challenge]) ?? "none");
        app.MapGet(FleetRoutes.Status, StatusAsync);
        app.MapPost(FleetRoutes.Generate, (HttpContext http) =>
            FleetAsync(http, http.Request.Headers.ContainsKey(FleetHeaders.Continuation) ? 0 : cut));
        app.MapPost("/v1/chat/completions", OpenAiAsync);
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(Listening + app.Urls.First()));
        await app.RunAsync();
    }

    private static byte[] Chunk(string delta, string reason) => Encoding.UTF8.GetBytes(
        "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
        + $"\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{reason}}}]}}\n\n");

    private static async Task StatusAsync(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        var status = JsonSerializer.Serialize(new ShimStatus
        {
            Instance = "bench", Pid = Environment.ProcessId, Model = Model, Identity = "bench", Continuation = ContinuationKind.Ids,
            Repeatable = true, Engine = "bench 1", Verdict = ShimVerdict.Ready,
            Reason = "serving", InFlight = 0, Capacity = 20_000, Started = 0, Continued = 0, TokensGenerated = 0,
        }, WireJson.Default.ShimStatus);
        while (!http.RequestAborted.IsCancellationRequested)
        {
            await http.Response.WriteAsync($"event: status\ndata: {status}\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(FleetRoutes.StatusInterval, TimeProvider.System, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task FleetAsync(HttpContext http, int cut)
    {
        var (chunks, pace, stream) = await PlanAsync(http);
        await WriteAsync(http, FleetStart, pace > TimeSpan.Zero || stream);
        // As many tokens in one event as a shim would put into one.
        var together = stream ? 1 : (int)Math.Clamp(MostMilliseconds / Math.Max(1, pace.TotalMilliseconds), 1, MostTokens);
        for (var i = 0; i < chunks; i += together)
        {
            if (cut > 0 && i >= cut)
                return; // without its end, and without a reset: that would take along what the gateway has not read yet
            await PaceAsync(http, pace * Math.Min(together, chunks - i), i);
            var ids = Enumerable.Range(i, Math.Min(together, chunks - i)).ToList();
            var text = string.Concat(ids.Select(_ => "token "));
            await WriteAsync(http, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"event: tokens\ndata: {{\"index\":0,\"text\":\"{text}\",\"ids\":[{string.Join(',', ids)}]}}\n\n")),
                pace > TimeSpan.Zero || stream);
        }
        await WriteAsync(http, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"event: finish\ndata: {{\"index\":0,\"reason\":\"stop\"}}\n\n"
            + $"event: usage\ndata: {{\"prompt_tokens\":5,\"completion_tokens\":{chunks},\"generated\":{chunks}}}\n\n"
            + $"event: done\ndata: {{}}\n\n")));
    }

    private static async Task OpenAiAsync(HttpContext http)
    {
        var (chunks, pace, stream) = await PlanAsync(http);
        if (!stream)
        {
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync($$$"""{"id":"chatcmpl-0123456789abcdef","object":"chat.completion","created":1700000000,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"{{{string.Concat(Enumerable.Repeat("token ", chunks))}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":{{{chunks}}},"total_tokens":{{{chunks + 5}}}}}""");
            return;
        }
        await WriteAsync(http, OpenAiStart);
        for (var i = 0; i < chunks; i++)
        {
            await PaceAsync(http, pace, i);
            await WriteAsync(http, OpenAiToken);
        }
        await WriteAsync(http, OpenAiEnd);
    }

    /// <summary>Reads the request's plan, without a DOM: one of twenty megabytes would cost this program too much.</summary>
    private static async Task<(int Chunks, TimeSpan Pace, bool Stream)> PlanAsync(HttpContext http)
    {
        var head = new byte[512];
        var length = 0;
        var buffer = new byte[64 << 10];
        while (await http.Request.Body.ReadAsync(buffer) is > 0 and var read)
        {
            var take = Math.Min(read, head.Length - length);
            buffer.AsSpan(0, take).CopyTo(head.AsSpan(length));
            length += take;
        }
        http.Response.ContentType = "text/event-stream";
        var text = Encoding.ASCII.GetString(head, 0, length);
        var from = text.IndexOf("\"seed\":", StringComparison.Ordinal) + 7;
        var plan = int.Parse(text.AsSpan(from, text.AsSpan(from).IndexOfAny(',', '}')), CultureInfo.InvariantCulture);
        return (plan % 1_000_000, TimeSpan.FromMilliseconds(plan / 1_000_000), text.Contains("\"stream\":true", StringComparison.Ordinal));
    }

    private static Task PaceAsync(HttpContext http, TimeSpan pace, int chunk) =>
        pace == TimeSpan.Zero || chunk == 0 ? Task.CompletedTask : Task.Delay(pace, TimeProvider.System, http.RequestAborted);

    /// <param name="http">The request that is answered.</param>
    /// <param name="bytes">Bytes to write.</param>
    /// <param name="isAll">Whether to send now; else, as in a shim, the bytes go out together with the next ones.</param>
    private static async Task WriteAsync(HttpContext http, byte[] bytes, bool isAll = true)
    {
        http.Response.BodyWriter.Write(bytes);
        if (isAll)
            await http.Response.BodyWriter.FlushAsync();
    }
}
