using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Tells a gateway what an attempt cost that it gave up, as soon as it has ended here.</summary>
internal static class CostEndpoint
{
    /// <summary>Longest wait for the end of an attempt; one that was given up ends at once, unless its engine hangs.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    public static async Task<IResult> HandleAsync(HttpContext context, string attempt, AttemptCostTable costs, TimeProvider time)
    {
        if (costs.Of(attempt) is not { } ended)
            return Results.NotFound();
        await Task.WhenAny(ended, Task.Delay(Longest, time, context.RequestAborted));
        return ended.IsCompletedSuccessfully ? Results.Json(await ended, WireJson.Default.AttemptCost) : Results.NoContent();
    }
}
