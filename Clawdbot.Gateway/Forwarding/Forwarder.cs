using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>Makes one attempt on one replica and says how it ended. Never throws for a replica's fault.</summary>
internal sealed class Forwarder(ShimClient shims, Deadlines deadlines, TimeProvider time)
{
    private const int MostErrorBytes = 64 << 10;

    private readonly string _name = RandomNumberGenerator.GetHexString(12, lowercase: true);
    private long _attempts;

    /// <summary>Makes the attempt; completes when it has ended.</summary>
    public async Task<AttemptResult> AttemptAsync(Attempt attempt)
    {
        var live = attempt.Replica.Live;
        var delivered = attempt.Kind is AttemptKind.Exact or AttemptKind.Text ? attempt.Response.Tokens : 0;
        var limits = deadlines.For(attempt.Replica, attempt.Request, delivered);
        var outside = new AttemptCancellation(attempt.Client, live.Lost, attempt.Deadline);
        using var clocks = new AttemptClocks(limits, time, outside, live, attempt.Arbiter);
        attempt.Arbiter?.Enter(clocks, attempt.Replica);
        using var slot = live.Enter();
        var progress = new AttemptProgress(time.GetTimestamp(), $"{_name}-{Interlocked.Increment(ref _attempts):x}");
        var end = await SendAsync(attempt, slot, clocks, progress);
        if (attempt.Arbiter?.IsLost(clocks) == true)
            end = new AttemptEnd(AttemptOutcome.HedgeLost); // it was told to end, in whatever way it then did
        return new AttemptResult(end.Outcome, end.Status, end.Error)
        {
            WasAlone = slot.WasAlone,
            RetryAfter = end.RetryAfter,
            Progress = progress,
        };
    }

    private async Task<AttemptEnd> SendAsync(Attempt attempt, ReplicaLive.AttemptSlot slot, AttemptClocks clocks, AttemptProgress progress)
    {
        try
        {
            using var response = await shims.GenerateAsync(
                attempt.Replica.Address!, new ReplayBody(attempt.Request.Body, Extras(attempt), attempt.Request.Edits), progress.Id,
                Continuation(attempt.Kind), clocks.Token);
            if (!response.IsSuccessStatusCode)
                return await RefusedAsync(response, attempt.Kind, clocks.Token);
            if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
                return new AttemptEnd(AttemptOutcome.Malformed, (int)response.StatusCode);
            using var events = new SseReader(
                await response.Content.ReadAsStreamAsync(clocks.Token), GenerationEvents.MostBytes, tellsComments: true);
            return await new EventRelay(events, attempt, slot, clocks, progress, time).RunAsync();
        }
        catch (OperationCanceledException)
        {
            return new AttemptEnd(clocks.Cause);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or InvalidOperationException)
        {
            return new AttemptEnd(Classify(fault, clocks));
        }
    }

    private static string? Continuation(AttemptKind kind) => kind switch
    {
        AttemptKind.Fresh => null,
        AttemptKind.Exact => "ids",
        AttemptKind.Text => "text",
        _ => "replay",
    };

    private static GenerationExtras Extras(Attempt attempt) => new(
        Seed: attempt.Replica.WantsSeed ? attempt.Response.Seed : null,
        Continue: attempt.Kind == AttemptKind.Exact ? attempt.Response.Ids : null,
        ContinueText: attempt.Kind == AttemptKind.Text ? attempt.Response.SaidText() : null,
        Delivered: attempt.Kind == AttemptKind.Text ? attempt.Response.Tokens : 0,
        Fold: attempt.Request.Fold);

    private static async Task<AttemptEnd> RefusedAsync(HttpResponseMessage response, AttemptKind kind, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        GenerationError? error = null;
        if (response.Content.Headers.ContentType?.MediaType == "application/json"
            && response.Content.Headers.ContentLength is not > MostErrorBytes)
        {
            await response.Content.LoadIntoBufferAsync(MostErrorBytes, cancellation);
            error = JsonSerializer.Deserialize(await response.Content.ReadAsStreamAsync(cancellation), WireJson.Default.GenerationError);
        }
        return new AttemptEnd(OutcomeOf(status, error, kind), status, error, RetryAfter.Of(response));
    }

    /// <summary>What a refusal means.</summary>
    internal static AttemptOutcome OutcomeOf(int status, GenerationError? error, AttemptKind kind) => status switch
    {
        401 => AttemptOutcome.ServerError, // the gateway sent the wrong fleet secret, which is not the client's fault
        409 when error?.Code is null or GenerationError.ContinuationMismatch => AttemptOutcome.ContinuationRefused,
        429 or 503 => AttemptOutcome.Busy,
        >= 400 and < 500 when error is { } lack && GenerationError.IsOfReplica(lack.Code) =>
            // The request was taken where the answer began, so it is not the client's fault here.
            kind == AttemptKind.Fresh ? AttemptOutcome.Unsupported : AttemptOutcome.ContinuationRefused,
        // It is the client's fault only if the shim explains it; a bare 404 comes from another server.
        >= 400 and < 500 when error is { Code.Length: > 0 } => AttemptOutcome.Refused,
        _ => AttemptOutcome.ServerError,
    };

    private static AttemptOutcome Classify(Exception fault, AttemptClocks clocks)
    {
        if (clocks.Token.IsCancellationRequested)
            return clocks.Cause; // a connection that our own cancellation closed looks broken
        for (Exception? inner = fault; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case FleetProofException:
                    return AttemptOutcome.Unproven;
                case TimeoutException or SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return AttemptOutcome.ConnectFailed;
                case JsonException or InvalidOperationException
                    or HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }:
                    return AttemptOutcome.Malformed;
            }
        }
        return AttemptOutcome.ConnectionReset;
    }
}
