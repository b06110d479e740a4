using System.Globalization;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Takes how many places a gateway wants here; what it may have is in its status stream.</summary>
internal static class DemandEndpoint
{
    /// <summary>Largest number; no engine takes as many requests at once.</summary>
    private const int Most = 1 << 20;

    public static IResult Handle(HttpContext context, GatewayPlaces places)
    {
        var headers = context.Request.Headers;
        if (headers[FleetHeaders.Gateway] is not [{ Length: > 0 and <= 64 } gateway]
            || !int.TryParse(headers[FleetHeaders.Places], NumberStyles.None, CultureInfo.InvariantCulture, out var wanted)
            || wanted > Most)
            return Results.BadRequest();
        places.Wants(gateway, wanted);
        return Results.NoContent();
    }
}
