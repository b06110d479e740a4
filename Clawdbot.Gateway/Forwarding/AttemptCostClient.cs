using System.Net;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>Asks shims what attempts cost that were given up before they said so.</summary>
internal sealed class AttemptCostClient(HttpMessageInvoker http, IOptions<FleetOptions> fleet, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>An attempt that was given up at once may reach its shim after the question.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);

    /// <summary>What it cost, nothing if its shim never heard of it; null when that can't be known.</summary>
    /// <param name="shim">Where it was sent.</param>
    /// <param name="attempt">What its shim knows it by.</param>
    public async Task<AttemptCost?> AskAsync(Uri shim, string attempt)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            var (isKnown, cost) = await AskOnceAsync(shim, attempt, limit.Token);
            if (isKnown)
                return cost;
            await Task.Delay(Again, time, limit.Token);
            (isKnown, cost) = await AskOnceAsync(shim, attempt, limit.Token);
            return isKnown ? cost : new AttemptCost("", 0, 0);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<(bool IsKnown, AttemptCost? Cost)> AskOnceAsync(Uri shim, string attempt, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(shim, $"{FleetRoutes.Attempts}/{attempt}"));
        request.Headers.TryAddWithoutValidation(FleetHeaders.Secret, fleet.Value.Secret);
        using var response = await http.SendAsync(request, cancellation);
        if (response.StatusCode != HttpStatusCode.OK)
            return (response.StatusCode != HttpStatusCode.NotFound, null);
        return (true, await JsonSerializer.DeserializeAsync(await response.Content.ReadAsStreamAsync(cancellation), WireJson.Default.AttemptCost, cancellation));
    }
}
