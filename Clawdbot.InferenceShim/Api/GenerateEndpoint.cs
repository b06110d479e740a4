using System.Diagnostics;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Takes a chat request from a gateway and streams what the engine generates.</summary>
internal sealed partial class GenerateEndpoint(
    GenerationServices services, AttemptCostTable costs, ShimInstance instance, IOptions<ApiOptions> options,
    ILogger<GenerateEndpoint> log)
{
    /// <summary>Bytes after which they are sent even if the next step is ready.</summary>
    private const int EnoughBytes = 16 << 10;

    public async Task HandleAsync(HttpContext context)
    {
        using var attempt = costs.Begin(context.Request.Headers[FleetHeaders.Attempt]);
        var continuation = context.Request.Headers.ContainsKey(FleetHeaders.Continuation);
        var refusal = services.Gate.TryEnter(continuation);
        if (refusal != GateRefusal.None)
        {
            await RefuseAsync(context, 503, Busy(refusal));
            return;
        }
        using var place = services.Places.Entered(context.Request.Headers[FleetHeaders.Gateway]);
        try
        {
            await GenerateAsync(context, attempt);
        }
        catch (EngineRefusalException fault)
        {
            if (fault.RetryAfter is { } wait)
                context.Response.Headers.RetryAfter = RetryAfter.Seconds(wait);
            await RefuseAsync(context, fault.Status, new GenerationError(fault.Code, fault.Message, fault.Param)
            {
                Answered = fault.RetryAfter is null ? null : services.Generations.Answered,
            });
        }
        catch (EngineFailureException fault)
        {
            EngineFailed(log, fault);
            await RefuseAsync(context, StatusCodes.Status502BadGateway, new GenerationError(fault.Code, fault.Message));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The gateway left: the client did, or the answer goes on elsewhere. Leaving the loop freed the engine.
        }
        finally
        {
            attempt.Dispose(); // before the slot is free: whoever sees it free sees the tokens counted
            services.Gate.Leave();
        }
    }

    private async Task GenerateAsync(HttpContext context, AttemptTally attempt)
    {
        var cancellation = context.RequestAborted;
        var request = await RequestReader.ReadAsync(context.Request, cancellation);
        attempt.Request = request;
        var began = services.Time.GetTimestamp();
        await using var steps = services.Generations.RunAsync(request, cancellation).GetAsyncEnumerator(cancellation);
        using var events = new EventStream(context.Response);
        var isBegun = false;
        try
        {
            while (await FirstAsync(steps) is not EngineStarted)
            {
                isBegun = true; // with its headers
                events.WriteComment();
                await events.FlushAsync();
            }
            isBegun = true;
            await AnswerAsync(events, steps, attempt, began, cancellation);
        }
        catch (Exception fault) when (isBegun && fault is not OperationCanceledException)
        {
            if (fault is not EngineRefusalException)
                EngineFailed(log, fault);
            events.Write(GenerationEvents.Error, Error(fault), WireJson.Default.GenerationError);
        }
        await events.FlushAsync();
    }

    /// <summary>The next event before an answer: its start, or a sign of life. Until one of them comes a refusal has a status.</summary>
    private static async ValueTask<EngineEvent> FirstAsync(IAsyncEnumerator<EngineEvent> steps) =>
        await steps.MoveNextAsync() && steps.Current is EngineStarted or EngineComment
            ? steps.Current
            : throw new InvalidOperationException("An engine's first event must be its start.");

    private async Task AnswerAsync(
        EventStream events, IAsyncEnumerator<EngineEvent> steps, AttemptTally attempt, long began, CancellationToken cancellation)
    {
        var (request, started, description) = (attempt.Request!, (EngineStarted)steps.Current, services.Engine.Description);
        services.Metrics.GenerationStarted(request.GoesOn);
        Activity.Current?.SetTag("gen_ai.request.model", description.Model)
            .SetTag("clawdbot.tokens.given", Given(request));
        var start = new GenerationStart(instance.Id, description.Identity, description.Model, started.PromptTokens)
        {
            SystemFingerprint = started.Fingerprint, ServiceTier = started.Tier, PromptTokenIds = started.PromptIds,
        };
        events.Write(GenerationEvents.Start, start, WireJson.Default.GenerationStart);
        await using var aggregated = request.Extras.Fold
            ? new StreamAggregator(options.Value, services.Time).AggregateAsync(steps, cancellation).GetAsyncEnumerator(cancellation)
            : null;
        await RelayAsync(events, aggregated ?? steps, started, attempt, began);
    }

    private async Task RelayAsync(
        EventStream events, IAsyncEnumerator<EngineEvent> steps, EngineStarted started, AttemptTally attempt, long began)
    {
        var (prompt, completion, given) = (started.PromptTokens, 0, Given(attempt.Request!));
        attempt.PromptTokens = prompt ?? 0;
        while (await NextAsync(events, steps))
        {
            if (steps.Current is EngineTokens or EnginePiece && attempt.Generated == 0)
                services.Metrics.FirstTokenAfter(services.Time.GetElapsedTime(began));
            attempt.Count();
            if (steps.Current is EngineFinished finished)
                (prompt, completion) = (prompt ?? finished.PromptTokens, completion + (finished.CompletionTokens ?? 0));
            Write(events, steps.Current);
        }
        attempt.PromptTokens = prompt ?? 0;
        attempt.Count(told: completion - given);
        var usage = new GenerationUsage(prompt ?? 0, completion > 0 ? completion : given + attempt.Generated, attempt.Generated);
        events.Write(GenerationEvents.Usage, usage, WireJson.Default.GenerationUsage);
        Activity.Current?.SetTag("clawdbot.tokens.generated", attempt.Generated);
        events.Write(GenerationEvents.Done, new GenerationDone(), WireJson.Default.GenerationDone);
    }

    private static void Write(EventStream events, EngineEvent step)
    {
        switch (step)
        {
            case EngineTokens tokens:
                events.Write(GenerationEvents.Tokens, Tokens(tokens), WireJson.Default.GenerationTokens);
                break;
            case EngineComment:
                events.WriteComment();
                break;
            case EnginePiece piece:
                events.WritePiece(piece);
                break;
            case EngineFinished finished:
                events.Write(GenerationEvents.Finish, Finish(finished), WireJson.Default.GenerationFinish);
                break;
        }
    }

    private static GenerationTokens Tokens(EngineTokens tokens) => tokens.Ids.Count > 0
        ? new(tokens.Index, tokens.Text, tokens.Ids)
        : new(tokens.Index, tokens.Text, null, tokens.Count == 1 ? null : tokens.Count);

    private static GenerationFinish Finish(EngineFinished finished) => new(
        finished.Index, finished.Reason, finished.Text.Length > 0 ? finished.Text : null, finished.PromptTokens, finished.CompletionTokens)
    {
        Count = finished is { CompletionTokens: null, Count: > 0 } ? finished.Count : null,
        UsageDetails = finished.UsageDetails,
        StopReason = finished.StopReason,
    };

    /// <summary>
    /// Waits for the next step. What was written is sent before any wait, so nothing is held back; steps that are ready at once share a
    /// packet.
    /// </summary>
    private static async ValueTask<bool> NextAsync(EventStream events, IAsyncEnumerator<EngineEvent> steps)
    {
        var next = steps.MoveNextAsync();
        if (!next.IsCompleted || events.Unflushed > EnoughBytes)
            await events.FlushAsync();
        return await next;
    }

    /// <summary>Tokens of the answer that the client has already; they are not generated again.</summary>
    private static int Given(EngineRequest request) => request.Extras.Continue?.Count ?? request.Extras.Delivered;

    private static GenerationError Error(Exception fault) => fault switch
    {
        EngineFailureException told => new GenerationError(told.Code, told.Message),
        EngineRefusalException refusal => new GenerationError(refusal.Code, refusal.Message, refusal.Param, refusal.Status),
        _ => new GenerationError("engine_failed", "The engine failed while generating."),
    };

    private GenerationError Busy(GateRefusal refusal) => refusal switch
    {
        GateRefusal.Full => new("replica_full", $"All {services.Gate.Capacity} slots of this replica are taken."),
        GateRefusal.NotReady => new("replica_not_ready", $"The engine of this replica is not ready: {services.Gate.Verdict.Reason}."),
        _ => new("replica_draining", $"This replica takes nothing new: {services.Gate.Verdict.Reason}."),
    };

    private async Task RefuseAsync(HttpContext context, int status, GenerationError error)
    {
        services.Metrics.Refused(error.Code);
        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync(error, WireJson.Default.GenerationError, cancellationToken: context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The engine failed while generating")]
    private static partial void EngineFailed(ILogger logger, Exception fault);
}
