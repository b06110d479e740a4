using System.Globalization;
using Clawdbot.InferenceShim.Supervision;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Takes a gateway's consent to a restart of this replica's engine, valid for a lease of some seconds.</summary>
internal static class ConsentEndpoint
{
    /// <summary>Longest lease, in seconds: the consent of a gateway that is gone must not last.</summary>
    private const int LongestSeconds = 30;

    public static IResult Handle(HttpContext context, GatewayConsents consents)
    {
        var headers = context.Request.Headers;
        if (headers[FleetHeaders.Gateway] is not [{ Length: > 0 and <= 64 } gateway]
            || !int.TryParse(headers[FleetHeaders.LeaseSeconds], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 1 or > LongestSeconds)
            return Results.BadRequest();
        consents.Agree(gateway, TimeSpan.FromSeconds(seconds));
        return Results.NoContent();
    }
}
