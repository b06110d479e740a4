using System.Buffers;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Microsoft.AspNetCore.Http.Features;

namespace Clawdbot.Gateway.Edge.Apis.Responses.Background;

/// <summary>
/// One response in the background while this gateway makes it: from its beginning, or from where another gateway's events end.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="services">What it needs.</param>
internal sealed class BackgroundRun(BackgroundRequest request, BackgroundServices services) : IDisposable
{
    private readonly CancellationTokenSource _unwanted = new();
    private bool _isHandedOver;

    /// <summary>The request.</summary>
    public BackgroundRequest Request => request;

    /// <summary>Takes the events; null before the first.</summary>
    public EventLog? Log { get; private set; }

    /// <summary>Completes when this gateway does not make it any more.</summary>
    public Task Over { get; private set; } = Task.CompletedTask;

    /// <summary>What of the gateway's own failed; null where nothing did.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Begins.</summary>
    public void Start() => Over = RunAsync();

    /// <summary>Ends it: its client does not want it any more.</summary>
    public void Cancel()
    {
        try
        {
            _unwanted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    /// <summary>Stops without an end: another gateway goes on with it.</summary>
    public void HandOver()
    {
        _isHandedOver = true;
        Cancel();
    }

    /// <inheritdoc/>
    public void Dispose() => _unwanted.Dispose();

    private async Task RunAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var written = await WrittenEvents.ReadAsync(services.Store, request);
        if (written.IsOver)
            return;
        try
        {
            await GoOnAsync(written);
        }
        catch (ApiException bad)
        {
            // It can't be read again: what it goes on from is not kept any more, or no replica is there whose model it could have.
            await services.Store.AddAsync(request, written.Chunks, UnreadChunk(bad.Error, written));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Fault = fault; // it ends here, or whoever is asked for it next would fail at it again
            await services.Store.AddAsync(request, Log?.Next ?? written.Chunks, UnreadChunk(ErrorPages.Internal, written));
        }
    }

    private async Task GoOnAsync(WrittenEvents written)
    {
        var log = Log = new EventLog(request, written.Chunks, services.Store, services.Time);
        var options = new RequestOptions(
            services.CallerOf(request.Tenant), request.Continue, request.Details, request.Priority, Within: null, IdempotencyKey: null);
        var origin = new AnswerOrigin(request.Id, request.Created, request.Seed);
        var (body, call, context) = await services.Reader.AgainAsync(request.Body, options, services.Api, origin);
        using (body)
        {
            // What another gateway began with something else than text can't be continued: then its text is empty.
            var (responses, state) = ((ResponsesCall)call, context.Response);
            if (written.HasOutput)
                state.GoOn(written.Progress, written.Text);
            responses.GoOn(written.Events, written.HasOutput ? OutputItems.OfText(ResponseObject.StemOf(request.Id), written.Text) : null);
            log.Follow(state, state.Ids.Count);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(_unwanted.Token);
            var holding = HoldAsync(log, ending.Token);
            var keeping = log.RunAsync();
            await AnswerAsync(log, responses, context);
            log.End();
            await keeping;
            await ending.CancelAsync();
            await holding;
        }
    }

    private async Task AnswerAsync(EventLog log, ResponsesCall call, RequestContext context)
    {
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpResponseBodyFeature>(log);
        using var response = new ClientResponse(http, request.Id, isStream: true, TimeSpan.Zero, services.Time) { Call = call };
        call.Bind(context);
        response.Begin(); // an error is an event from the beginning on
        try
        {
            await services.AnswerAsync(response, context, _unwanted.Token);
        }
        catch (ApiException bad)
        {
            await response.ErrorAsync(bad.Error);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            await response.ErrorAsync(ErrorPages.Internal);
            Fault = fault;
        }
        if (call is { Failed: { } failed, Keep: { } keep })
            await keep(request.Id, new RawJson(failed));
        if (_unwanted.IsCancellationRequested && !_isHandedOver && !log.IsTakenOver && !call.IsEnded)
            await call.CancelAsync(log.Writer);
    }

    private EventChunk UnreadChunk(ApiError error, WrittenEvents written)
    {
        var output = new ArrayBufferWriter<byte>(512);
        Utf8Text.Write(output, $"event: response.failed\ndata: {{\"type\":\"response.failed\",\"sequence_number\":{written.Events}");
        Utf8Text.Write(output, $",\"response\":{{\"id\":\"{request.Id}\",\"object\":\"response\",\"status\":\"failed\"");
        output.Write(",\"background\":true"u8);
        Utf8Text.Write(output, $",\"created_at\":{request.Created.ToUnixTimeSeconds()},\"error\":{{\"code\":\"{error.Code}\"");
        Utf8Text.Write(output, $",\"message\":\"{JsonEncodedText.Encode(error.Message)}\"}},\"output\":[]}}}}\n\n");
        return new EventChunk(written.Progress, IsLast: true) { Events = output.WrittenMemory };
    }

    /// <summary>Says that this gateway still makes it, and looks whether it is still wanted and still this gateway's.</summary>
    private async Task HoldAsync(EventLog log, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            if (!await services.Store.ClaimAsync(request) || log.IsTakenOver)
                HandOver();
            else if (await services.Store.IsCancelledAsync(request))
                Cancel();
            await Task.Delay(BackgroundStore.ClaimLife / 3, services.Time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
