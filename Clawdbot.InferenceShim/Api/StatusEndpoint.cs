using Clawdbot.InferenceShim.Drain;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Quotas;
using Clawdbot.InferenceShim.Supervision;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Pushes the shim's status to a gateway at each change, and so often that silence means that the shim hangs.</summary>
internal sealed class StatusEndpoint(
    ShimReport report, GatewayConsents consents, GatewayPlaces places, QuotaShares quotas, DrainOnStop drain, TimeProvider time)
{
    /// <summary>Changes closer together than this travel as one event.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(10);

    public async Task HandleAsync(HttpContext context)
    {
        // Kept open while the process drains; the gateway watches the end of the drain on it.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Drained);
        var gateway = context.Request.Headers[FleetHeaders.Gateway].ToString();
        using var listening = consents.Listening(gateway);
        using var limits = quotas.Listening(gateway); // before the next one, which wakes the streams that tell the number
        using var sharing = places.Listening(gateway);
        using var events = new EventStream(context.Response);
        try
        {
            while (true)
            {
                var changes = report.Changes.Append(places.Changed).ToList();
                events.Write("status", Now(gateway), WireJson.Default.ShimStatus);
                if (!await events.FlushAsync())
                    return;
                await Task.Delay(Gap, time, end.Token);
                await Task.WhenAny([.. changes, Task.Delay(FleetRoutes.StatusInterval - Gap, time, end.Token)]);
                end.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway left, or the drain is over.
        }
    }

    private ShimStatus Now(string gateway)
    {
        var (share, gateways) = (places.Of(gateway), quotas.Gateways);
        return report.Now() with { Places = share?.Places, Share = share?.Share, Gateways = gateways > 1 ? gateways : null };
    }
}
