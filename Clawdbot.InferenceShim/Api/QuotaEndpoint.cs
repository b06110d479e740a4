using System.Text.Json;
using Clawdbot.InferenceShim.Quotas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Takes what a gateway has used of its tenants' limits, and answers what it may use.</summary>
internal static class QuotaEndpoint
{
    /// <summary>Largest body, in bytes; a report with as many limits as are allowed, of the longest names, is smaller.</summary>
    private const int MostBytes = 512 << 10;

    public static async Task<IResult> HandleAsync(HttpContext context, QuotaShares shares)
    {
        if (context.Request.Headers[FleetHeaders.Gateway] is not [{ Length: > 0 and <= 64 } gateway]
            || context.Request.ContentLength is null or > MostBytes)
            return Results.BadRequest();
        try
        {
            var report = await context.Request.ReadFromJsonAsync(WireJson.Default.QuotaReport, context.RequestAborted);
            if (report is not { Divisor: > 0, Limits: { Count: <= QuotaReport.Most } limits } || !limits.All(IsSound))
                return Results.BadRequest();
            return shares.Exchange(gateway, report) is { } parts
                ? Results.Json(parts, WireJson.Default.QuotaParts)
                : Results.StatusCode(StatusCodes.Status409Conflict);
        }
        catch (JsonException)
        {
            return Results.BadRequest();
        }
    }

    private static bool IsSound(ReportedLimit limit) => limit is
    {
        Tenant.Length: > 0 and <= QuotaReport.LongestTenant, Limit: > 0,
        Used.IsSound: true, Asked: >= 0 and <= WindowCount.Largest, Part: >= 0 and <= WindowCount.Largest,
    } && Enum.IsDefined(limit.Kind);
}
