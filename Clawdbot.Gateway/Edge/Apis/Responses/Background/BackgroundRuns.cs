using System.Buffers;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge.Apis.Responses.Background;

/// <summary>
/// The responses in the background that this gateway makes. A gateway that dies leaves its ones behind: whoever is asked for such a
/// response next goes on with it. Thread-safe.
/// </summary>
internal sealed partial class BackgroundRuns(BackgroundServices services, ILogger<BackgroundRuns> log) : IHostedService
{
    /// <summary>Most of them at once; a request past it is refused with 429.</summary>
    private const int Most = 1000;

    private const int RetryAfterSeconds = 5;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, BackgroundRun> _runs = new(StringComparer.Ordinal);
    private bool _isStopping;

    /// <summary>Keeps a request and begins to answer it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="call">The same, read.</param>
    /// <param name="context">The same, as it will be answered.</param>
    /// <returns>The response as it is at first, a JSON object.</returns>
    /// <exception cref="ApiException">It is too large, or there are too many.</exception>
    public async Task<ReadOnlyMemory<byte>> BeginAsync(BackgroundRequest request, ResponsesCall call, RequestContext context)
    {
        if (_runs.Count >= Most)
        {
            throw new ApiException(new ApiError(429, "too_many_in_background",
                $"This gateway makes {Most} responses in the background already. Try again in {RetryAfterSeconds} s.")
                { RetryAfter = RetryAfterSeconds });
        }
        if (!await services.Store.PutAsync(request))
        {
            throw new ApiException(new ApiError(413, "body_too_large", "The request is too large to be kept, which one in the background "
                + "must be. Send smaller pictures, or raise Responses:LargestKibibytes."));
        }
        call.Bind(context);
        var (document, events) = (new ArrayBufferWriter<byte>(1024), new ArrayBufferWriter<byte>(4096));
        call.Object!.WriteQueued(document);
        foreach (var type in (string[])["response.created", "response.queued"])
        {
            call.BeginEvent(events, type);
            events.Write(",\"response\":"u8);
            events.Write(document.WrittenSpan);
            ResponsesCall.EndEvent(events);
        }
        var first = new EventChunk(context.Response.Progress(0), IsLast: false) { Events = events.WrittenMemory };
        await services.Store.AddAsync(request, 0, first);
        await TakeAsync(request);
        return document.WrittenMemory;
    }

    /// <summary>The run of a response that this gateway makes; null where it makes none.</summary>
    public BackgroundRun? Find(string id)
    {
        lock (_lock)
            return _runs.GetValueOrDefault(id);
    }

    /// <summary>Goes on with a response that no gateway makes.</summary>
    public async Task TakeAsync(BackgroundRequest request)
    {
        if (_isStopping || Find(request.Id) is not null || !await services.Store.ClaimAsync(request))
            return;
        var run = new BackgroundRun(request, services);
        lock (_lock)
        {
            if (!_runs.TryAdd(request.Id, run))
                return; // another client of this gateway asked at the same moment
            run.Start();
        }
        _ = EndAsync(run);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A planned stop waits for what is made here, as for answers whose clients wait; it is called when those are over.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        lock (_lock)
            return Task.WhenAll(_runs.Values.Select(r => r.Over)).WaitAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Unhandled failure of a response in the background")]
    private static partial void Failed(ILogger logger, Exception fault);

    private async Task EndAsync(BackgroundRun run)
    {
        try
        {
            await run.Over;
            if (run.Fault is { } fault)
                Failed(log, fault);
        }
        catch (Exception fault)
        {
            Failed(log, fault);
        }
        finally
        {
            lock (_lock)
                _runs.Remove(run.Request.Id);
            run.Log?.Kept.Raise(); // who follows looks again
            await services.Store.ReleaseAsync(run.Request);
            run.Dispose();
        }
    }
}
