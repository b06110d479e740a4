using System.Buffers;
using System.Globalization;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Apis.Responses.Background;

/// <summary>Begins responses in the background, and shows, streams and cancels them, whatever gateway makes them.</summary>
internal sealed class BackgroundEndpoints(
    BackgroundRuns runs, BackgroundStore store, ResponseStore responses, IOptions<EdgeOptions> edge, TimeProvider time)
{
    /// <summary>How often it is looked for events that another gateway makes.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the end of a cancelled response is waited for.</summary>
    private static readonly TimeSpan CancelWait = TimeSpan.FromSeconds(5);

    /// <summary>Begins a response, and answers with it as it is, or with its events.</summary>
    public async Task BeginAsync(HttpContext http, RequestContext context, ResponsesCall call)
    {
        var (options, response) = (context.Options, context.Response);
        var request = new BackgroundRequest(options.Caller.Tenant, response.Id, response.Created, response.Seed ?? 0,
            options.Continue, options.Details, options.Priority) { Body = call.Body };
        var document = await runs.BeginAsync(request, call, context);
        http.TraceIdentifier = response.Id;
        RequestId.Write(http);
        if (context.Request.Stream)
            await FollowAsync(http, request, behind: -1);
        else
            await SendAsync(http, document);
    }

    /// <summary>Answers for a response that is not over; false where there is none of that id.</summary>
    public async Task<bool> ShowAsync(HttpContext http, string tenant, string id)
    {
        if (await store.GetAsync(tenant, id) is not { } request)
            return false;
        if (http.Request.Query["stream"] == "true")
        {
            await FollowAsync(http, request, Behind(http.Request.Query["starting_after"].ToString()));
            return true;
        }
        var chunk = await store.LastAsync(request);
        if (chunk is null)
        {
            await runs.TakeAsync(request);
            // The first chunk has it as it was queued, the second as it is while it is made.
            chunk = await store.GetAsync(request, 1) ?? await store.GetAsync(request, 0);
        }
        var shown = chunk?.Each().Select(e => e.Data.Fields("event")).LastOrDefault(f => f.ContainsKey("response"));
        if (shown is null)
            return false;
        await SendAsync(http, shown["response"].Bytes);
        return true;
    }

    /// <summary>Cancels a response, and answers with it as it is then; false where there is none in the background of that id.</summary>
    public async Task<bool> CancelAsync(HttpContext http, string tenant, string id)
    {
        if (await store.GetAsync(tenant, id) is not { } request)
            return false;
        await store.CancelAsync(request);
        runs.Find(id)?.Cancel();
        var since = time.GetTimestamp();
        StoredResponse? over;
        while ((over = await responses.GetAsync(tenant, id)) is null && time.GetElapsedTime(since) < CancelWait)
        {
            await runs.TakeAsync(request); // its gateway may be dead, and another one must end it
            await Task.Delay(Look, time, http.RequestAborted);
        }
        if (over is null)
            return await ShowAsync(http, tenant, id);
        await SendAsync(http, over.Response.Bytes);
        return true;
    }

    /// <summary>Forgets a response.</summary>
    public ValueTask DeleteAsync(string tenant, string id) => store.DeleteAsync(tenant, id);

    private static int Behind(string said) => said.Length == 0 ? -1
        : int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw ApiException.BadRequest("invalid_value", "'starting_after' must be the sequence_number of an event.", "starting_after");

    /// <summary>Streams the events behind one of them, those that are there and those still to come.</summary>
    private async Task FollowAsync(HttpContext http, BackgroundRequest request, int behind)
    {
        var client = http.RequestAborted;
        var response = http.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        (response.Headers.CacheControl, response.Headers["X-Accel-Buffering"]) = ("no-cache", "no");
        var lastWrite = time.GetTimestamp();
        for (var next = 0; ;)
        {
            var kept = runs.Find(request.Id)?.Log?.Kept.Next; // taken before the look
            if (await store.GetAsync(request, next) is { } chunk)
            {
                next++;
                foreach (var (number, _, bytes) in chunk.Each())
                {
                    if (number > behind)
                        response.BodyWriter.Write(bytes.Span);
                }
                await response.BodyWriter.FlushAsync(client);
                lastWrite = time.GetTimestamp();
                if (chunk.IsLast)
                    return;
                continue;
            }
            if (await store.LastAsync(request) is not null || await store.GetAsync(request.Tenant, request.Id) is null)
            {
                if (await store.GetAsync(request, next) is not null)
                    continue;
                BrokenAnswers.Cut(http, "events_not_kept"); // they expired, or others took their room
                return;
            }
            await runs.TakeAsync(request);
            await Task.WhenAny(kept ?? Task.Delay(Look, time, client), Task.Delay(kept is null ? Look : 10 * Look, time, client));
            client.ThrowIfCancellationRequested();
            if (edge.Value.KeepAliveSeconds is > 0 and var seconds && time.GetElapsedTime(lastWrite) >= TimeSpan.FromSeconds(seconds))
            {
                response.BodyWriter.Write(": keep-alive\n\n"u8);
                await response.BodyWriter.FlushAsync(client);
                lastWrite = time.GetTimestamp();
            }
        }
    }

    private static async Task SendAsync(HttpContext http, ReadOnlyMemory<byte> json)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, http.RequestAborted);
    }
}
