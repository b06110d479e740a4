using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>Makes one attempt on one replica and says how it ended. Never throws for a replica's fault.</summary>
internal sealed class Forwarder(HttpMessageInvoker http, IOptions<FleetOptions> fleet, Deadlines deadlines, TimeProvider time)
{
    private const int MostErrorBytes = 64 << 10;

    private readonly string _name = RandomNumberGenerator.GetHexString(12, lowercase: true);
    private long _attempts;

    /// <summary>Nobody is left alone for longer than this because it said so.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(30);

    /// <param name="replica">Whom to ask.</param>
    /// <param name="request">What for.</param>
    /// <param name="state">What is there already, and where what comes is written down.</param>
    /// <param name="writer">Where it goes.</param>
    /// <param name="client">Cancelled when the client leaves.</param>
    /// <param name="deadline">Cancelled when the request's time is over.</param>
    /// <param name="arbiter">What it runs against another attempt, if it may be; the answer is written only by the one that has the first token.</param>
    public async Task<AttemptResult> AttemptAsync(
        Replica replica, GenerationRequest request, ResponseState state, IResponseWriter writer, CancellationToken client, CancellationToken deadline, HedgeArbiter? arbiter = null)
    {
        using var clocks = new AttemptClocks(deadlines.For(replica, request), time, client, replica.Live.Lost, deadline, replica.Live, arbiter);
        arbiter?.Enter(clocks, replica);
        using var slot = replica.Live.Enter();
        var progress = new AttemptProgress(time.GetTimestamp(), $"{_name}-{Interlocked.Increment(ref _attempts):x}");
        var end = await AttemptAsync(replica, request, state, writer, slot, clocks, progress, client);
        if (arbiter?.IsLost(clocks) == true)
            end = new AttemptEnd(AttemptOutcome.HedgeLost); // however it ended: it was told to
        return new AttemptResult(end.Outcome, end.Status, end.Error) { WasAlone = slot.WasAlone && replica.Live.Status is not { InFlight: > 1 }, RetryAfter = end.RetryAfter, Progress = progress };
    }

    private async Task<AttemptEnd> AttemptAsync(
        Replica replica, GenerationRequest request, ResponseState state, IResponseWriter writer, ReplicaLive.AttemptSlot slot, AttemptClocks clocks, AttemptProgress progress, CancellationToken client)
    {
        try
        {
            using var message = Message(replica, request, state, progress);
            using var response = await http.SendAsync(message, clocks.Token);
            if (!response.IsSuccessStatusCode)
                return await RefusedAsync(response, clocks.Token);
            if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
                return new AttemptEnd(AttemptOutcome.Malformed, (int)response.StatusCode);
            using var events = new SseReader(await response.Content.ReadAsStreamAsync(clocks.Token));
            return await new EventRelay(events, replica, state, writer, slot, clocks, progress, time, client).RunAsync();
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

    private HttpRequestMessage Message(Replica replica, GenerationRequest request, ResponseState state, AttemptProgress progress)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(replica.Address!, FleetRoutes.Generate))
        {
            Content = new ReplayBody(request.Body, Extras(replica, request, state)),
        };
        message.Headers.TryAddWithoutValidation(FleetHeaders.Secret, fleet.Value.Secret);
        message.Headers.TryAddWithoutValidation(FleetHeaders.Attempt, progress.Id);
        if (state.Kind != AttemptKind.Fresh)
            message.Headers.TryAddWithoutValidation(FleetHeaders.Continuation, state.Kind switch { AttemptKind.Exact => "ids", AttemptKind.Text => "text", _ => "replay" });
        return message;
    }

    private static GenerationExtras Extras(Replica replica, GenerationRequest request, ResponseState state) => new(
        Seed: replica.WantsSeed ? state.Seed : null,
        Continue: state.Kind == AttemptKind.Exact ? state.Ids : null,
        ContinueText: state.Kind == AttemptKind.Text ? state.SaidText() : null,
        Delivered: state.Kind == AttemptKind.Text ? state.Tokens : 0,
        Fold: request.Fold);

    private static async Task<AttemptEnd> RefusedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        GenerationError? error = null;
        if (response.Content.Headers.ContentType?.MediaType == "application/json" && response.Content.Headers.ContentLength is not > MostErrorBytes)
        {
            await response.Content.LoadIntoBufferAsync(MostErrorBytes, cancellation);
            error = JsonSerializer.Deserialize(await response.Content.ReadAsStreamAsync(cancellation), WireJson.Default.GenerationError);
        }
        var outcome = status switch
        {
            // The fleet secret is the gateway's, not the client's: being refused for it is no client's fault.
            401 or 403 => AttemptOutcome.ServerError,
            409 => AttemptOutcome.ContinuationRefused,
            429 or 503 => AttemptOutcome.Busy,
            // A client's fault is only what the shim explains; a bare 404 is somebody else's server.
            >= 400 and < 500 when error is { Code.Length: > 0 } => AttemptOutcome.Refused,
            _ => AttemptOutcome.ServerError,
        };
        var wait = response.Headers.RetryAfter?.Delta; // shims have no reason to name a date
        return new AttemptEnd(outcome, status, error, wait > LongestRetryAfter ? LongestRetryAfter : wait);
    }

    private static AttemptOutcome Classify(Exception fault, AttemptClocks clocks)
    {
        if (clocks.Token.IsCancellationRequested)
            return clocks.Cause; // a connection torn down by our own cancellation reports itself as broken
        for (Exception? inner = fault; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case FleetProofException:
                    return AttemptOutcome.Unproven;
                case TimeoutException or SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return AttemptOutcome.ConnectFailed;
                case JsonException or InvalidOperationException or HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }:
                    return AttemptOutcome.Malformed;
            }
        }
        return AttemptOutcome.ConnectionReset;
    }
}
