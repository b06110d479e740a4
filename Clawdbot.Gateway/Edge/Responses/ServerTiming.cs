using System.Globalization;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>The header <c>Server-Timing</c>: how long a request waited for what, as browsers' tools show it.</summary>
internal static class ServerTiming
{
    /// <summary>Name of the header.</summary>
    public const string Header = "Server-Timing";

    /// <summary>
    /// Its value, in milliseconds from the whole request on: the end of the wait for a place, and the first token. Null where neither is
    /// known yet.
    /// </summary>
    public static string? Of(RequestContext context) => (context.Queued, context.FirstToken) switch
    {
        (null, _) => null,
        ({ } queued, null) => Metric("queue", queued),
        ({ } queued, { } first) => $"{Metric("queue", queued)}, {Metric("first_token", first)}",
    };

    private static string Metric(string name, TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{name};dur={time.TotalMilliseconds:0.#}");
}
