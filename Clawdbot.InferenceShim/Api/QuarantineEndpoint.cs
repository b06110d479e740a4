using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>
/// Takes from a gateway the requests that no engine survived. The shim keeps them and tells them in its status, so that every gateway
/// knows them, also one that has just started.
/// </summary>
internal static class QuarantineEndpoint
{
    /// <summary>Largest body, in bytes; all the requests that are kept take less.</summary>
    private const int MostBytes = 32 << 10;

    public static async Task<IResult> HandleAsync(HttpContext context, Quarantine quarantine)
    {
        if (context.Request.ContentLength is null or > MostBytes)
            return Results.BadRequest();
        try
        {
            var told = await context.Request.ReadFromJsonAsync(WireJson.Default.IReadOnlyListQuarantinedRequest, context.RequestAborted);
            foreach (var entry in told ?? [])
                quarantine.Add(entry);
            return Results.NoContent();
        }
        catch (System.Text.Json.JsonException)
        {
            return Results.BadRequest();
        }
    }
}
