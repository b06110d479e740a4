using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>Carries an admin verb to a shim.</summary>
internal sealed class ShimVerbs(HttpMessageInvoker http, IOptions<FleetOptions> fleet, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>Null when the shim took it, else why not.</summary>
    public async Task<string?> SendAsync(Replica replica, string verb, CancellationToken cancellation)
    {
        if (replica.Address is null)
            return $"{replica.Id} does not listen: {replica.Reason}.";
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(replica.Address, $"{FleetRoutes.Admin}/{verb}"));
        request.Headers.TryAddWithoutValidation(FleetHeaders.Secret, fleet.Value.Secret);
        request.Headers.TryAddWithoutValidation(FleetHeaders.AdminSecret, fleet.Value.AdminSecret);
        try
        {
            using var response = await http.SendAsync(request, either.Token);
            return response.IsSuccessStatusCode ? null : $"{replica.Id} refused the verb with {(int)response.StatusCode}; check Fleet:AdminSecret.";
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || limit.IsCancellationRequested)
        {
            return $"{replica.Id} could not be reached: {fault.Message}";
        }
    }
}
