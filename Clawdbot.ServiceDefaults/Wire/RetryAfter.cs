namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>The <c>Retry-After</c> header of engines and shims.</summary>
public static class RetryAfter
{
    /// <summary>Longest wait that is accepted from a header.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long to wait, from seconds or from an HTTP date: 0 to <see cref="Longest"/>; null when the response does not say. A date is
    /// compared with the response's own <c>Date</c>, and ignored without one, because the clocks of two machines may differ.
    /// </summary>
    public static TimeSpan? Of(HttpResponseMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - response.Headers.Date;
        return wait is not { } told ? null : told < TimeSpan.Zero ? TimeSpan.Zero : told < Longest ? told : Longest;
    }

    /// <summary>The header's value: whole seconds, at least 1.</summary>
    public static string Seconds(TimeSpan wait) =>
        Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
