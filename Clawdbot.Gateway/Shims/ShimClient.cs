using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Shims;

/// <summary>
/// Sends the gateway's requests to shims. The two streams, a generation and the status, have no time limit here and may throw what
/// <see cref="HttpMessageInvoker"/> throws; the short requests have time limits and return a fault as a value.
/// </summary>
internal sealed class ShimClient(HttpMessageInvoker http, IOptions<FleetOptions> fleet, GatewayInstance gateway, TimeProvider time)
{
    private static readonly TimeSpan VerbLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CostLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan QuarantineLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DemandLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuotaLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>Largest answer with parts of limits, in bytes; one with as many as are allowed, of the longest names, is smaller.</summary>
    private const int MostQuotaBytes = 1 << 20;

    /// <summary>Wait before the cost is asked for again: an attempt may reach its shim after the first question.</summary>
    private static readonly TimeSpan CostAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>Begins a generation; completes with the headers of its answer.</summary>
    /// <param name="shim">Address of the shim.</param>
    /// <param name="body">The request, with the gateway's additions.</param>
    /// <param name="attempt">Id of the attempt, for <see cref="CostAsync"/>.</param>
    /// <param name="continuation"><c>ids</c>, <c>text</c> or <c>replay</c> when it continues an answer from elsewhere; else null.</param>
    /// <param name="cancellation">Ends the attempt, also while its answer is read.</param>
    public async Task<HttpResponseMessage> GenerateAsync(
        Uri shim, HttpContent body, string attempt, string? continuation, CancellationToken cancellation)
    {
        // Not disposed of: its body may still be sent while the answer comes.
        var request = Request(HttpMethod.Post, shim, FleetRoutes.Generate, body);
        request.Headers.TryAddWithoutValidation(FleetHeaders.Attempt, attempt);
        request.Headers.TryAddWithoutValidation(FleetHeaders.Gateway, gateway.Id);
        if (continuation is not null)
            request.Headers.TryAddWithoutValidation(FleetHeaders.Continuation, continuation);
        return await http.SendAsync(request, cancellation);
    }

    /// <summary>Opens the stream of a shim's status; completes with the headers of the answer.</summary>
    public async Task<HttpResponseMessage> StatusAsync(Uri shim, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, shim, FleetRoutes.Status);
        request.Headers.TryAddWithoutValidation(FleetHeaders.Gateway, gateway.Id);
        return await http.SendAsync(request, cancellation);
    }

    /// <summary>Sends an operator's verb (drain, return, restart) to a shim, within 15 s.</summary>
    public async Task<ShimReply> CommandAsync(Uri shim, string verb, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Post, shim, $"{FleetRoutes.Admin}/{verb}");
        request.Headers.TryAddWithoutValidation(FleetHeaders.AdminSecret, fleet.Value.AdminSecret);
        return await AskAsync(request, VerbLimit, cancellation);
    }

    /// <summary>Tells a shim which requests are quarantined, within 2 s.</summary>
    public async Task<ShimReply> QuarantineAsync(Uri shim, IReadOnlyList<QuarantinedRequest> requests)
    {
        var body = JsonContent.Create(requests, WireJson.Default.IReadOnlyListQuarantinedRequest);
        await body.LoadIntoBufferAsync(); // a length, so that the shim knows what comes
        using var request = Request(HttpMethod.Post, shim, FleetRoutes.Quarantine, body);
        return await AskAsync(request, QuarantineLimit, default);
    }

    /// <summary>Tells a shim how many places this gateway wants there, within 1 s.</summary>
    public async Task<ShimReply> DemandAsync(Uri shim, int places)
    {
        using var request = Request(HttpMethod.Post, shim, FleetRoutes.Demand);
        request.Headers.TryAddWithoutValidation(FleetHeaders.Gateway, gateway.Id);
        request.Headers.TryAddWithoutValidation(FleetHeaders.Places, places.ToString(CultureInfo.InvariantCulture));
        return await AskAsync(request, DemandLimit, default);
    }

    /// <summary>Tells a shim what tenants use of their limits, within 0.5 s; null when it does not answer with parts of them.</summary>
    public async Task<QuotaParts?> QuotasAsync(Uri shim, QuotaReport report)
    {
        using var limit = new CancellationTokenSource(QuotaLimit, time);
        try
        {
            var body = JsonContent.Create(report, WireJson.Default.QuotaReport);
            await body.LoadIntoBufferAsync(limit.Token); // a length, so that the shim knows what comes
            using var request = Request(HttpMethod.Post, shim, FleetRoutes.Quotas, body);
            request.Headers.TryAddWithoutValidation(FleetHeaders.Gateway, gateway.Id);
            using var response = await http.SendAsync(request, limit.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                return null;
            await response.Content.LoadIntoBufferAsync(MostQuotaBytes, limit.Token);
            var parts = JsonSerializer.Deserialize(
                await response.Content.ReadAsByteArrayAsync(limit.Token), WireJson.Default.QuotaParts);
            return parts is { IsSound: true } ? parts : null;
        }
        catch (Exception fault) when (IsFault(fault) || fault is JsonException)
        {
            return null;
        }
    }

    /// <summary>Consents for the time of a lease, in whole seconds, to a shim's restart of its engine.</summary>
    public async Task<ShimReply> ConsentAsync(Uri shim, TimeSpan lease)
    {
        using var request = Request(HttpMethod.Post, shim, FleetRoutes.RecycleConsent);
        request.Headers.TryAddWithoutValidation(FleetHeaders.Gateway, gateway.Id);
        var seconds = ((int)lease.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        request.Headers.TryAddWithoutValidation(FleetHeaders.LeaseSeconds, seconds);
        return await AskAsync(request, lease, default);
    }

    /// <summary>
    /// Asks within 3 s for the cost of an attempt that was given up before it reported it: zero if the shim does not know the attempt; null
    /// when the cost can't be known.
    /// </summary>
    public async Task<AttemptCost?> CostAsync(Uri shim, string attempt)
    {
        using var limit = new CancellationTokenSource(CostLimit, time);
        try
        {
            var (isKnown, cost) = await CostOnceAsync(shim, attempt, limit.Token);
            if (isKnown)
                return cost;
            await Task.Delay(CostAgain, time, limit.Token);
            (isKnown, cost) = await CostOnceAsync(shim, attempt, limit.Token);
            return isKnown ? cost : new AttemptCost("", 0, 0);
        }
        catch (Exception fault) when (IsFault(fault) || fault is JsonException)
        {
            return null;
        }
    }

    private async Task<(bool IsKnown, AttemptCost? Cost)> CostOnceAsync(Uri shim, string attempt, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, shim, $"{FleetRoutes.Attempts}/{attempt}");
        using var response = await http.SendAsync(request, cancellation);
        if (response.StatusCode != HttpStatusCode.OK)
            return (response.StatusCode != HttpStatusCode.NotFound, null);
        var body = await response.Content.ReadAsStreamAsync(cancellation);
        return (true, await JsonSerializer.DeserializeAsync(body, WireJson.Default.AttemptCost, cancellation));
    }

    /// <summary>Sends a request and reads only the status. Throws only when the caller cancels.</summary>
    private async Task<ShimReply> AskAsync(HttpRequestMessage request, TimeSpan limit, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            using var response = await http.SendAsync(request, either.Token);
            return new ShimReply((int)response.StatusCode);
        }
        catch (Exception fault) when (IsFault(fault) && !(fault is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            return new ShimReply(null, late.IsCancellationRequested ? $"no answer within {limit.TotalSeconds:0} s" : fault.Message);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, Uri shim, string route, HttpContent? body = null)
    {
        var request = new HttpRequestMessage(method, new Uri(shim, route)) { Content = body };
        request.Headers.TryAddWithoutValidation(FleetHeaders.Secret, fleet.Value.Secret);
        return request;
    }

    private static bool IsFault(Exception fault) =>
        fault is HttpRequestException or IOException or TimeoutException or OperationCanceledException;
}
