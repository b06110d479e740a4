using System.Globalization;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>What the gateway reads from request headers besides the key.</summary>
internal static class RequestHeaders
{
    /// <summary>Longest deadline in milliseconds: a day.</summary>
    private const int LongestDeadline = 86_400_000;

    private const int LongestKey = 255;

    /// <summary>Reads these headers of a request.</summary>
    /// <exception cref="ApiException">A header has an invalid value; the error says which ones are valid.</exception>
    public static RequestOptions Read(HttpRequest request, Caller caller) =>
        new(caller, Continue(request), WantsDetails(request), caller.Allowance.Clamp(Priority(request)), Deadline(request),
            IdempotencyKey(request), KeepAlive(request), RequestId.Own(request));

    public static ContinuationPreference Continue(HttpRequest request) => request.Headers[EdgeHeaders.Continue].ToString() switch
    {
        "" or "any" => ContinuationPreference.Any,
        "exact" => ContinuationPreference.Exact,
        "none" => ContinuationPreference.None,
        _ => throw ApiException.BadRequest("invalid_header", $"{EdgeHeaders.Continue} must be exact, any or none.", EdgeHeaders.Continue),
    };

    public static bool WantsDetails(HttpRequest request) =>
        string.Equals(request.Headers[EdgeHeaders.Details], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the client takes signs of life before its answer.</summary>
    public static bool KeepAlive(HttpRequest request) => request.Headers[EdgeHeaders.KeepAlive].ToString() switch
    {
        "" or "on" => true,
        "off" => false,
        _ => throw ApiException.BadRequest("invalid_header", $"{EdgeHeaders.KeepAlive} must be on or off.", EdgeHeaders.KeepAlive),
    };

    /// <summary>The priority asked for; null when none is.</summary>
    public static Priority? Priority(HttpRequest request) => request.Headers[EdgeHeaders.Priority].ToString() switch
    {
        "" => null,
        "high" => Auth.Priority.High,
        "normal" => Auth.Priority.Normal,
        "low" => Auth.Priority.Low,
        _ => throw ApiException.BadRequest("invalid_header", $"{EdgeHeaders.Priority} must be high, normal or low.", EdgeHeaders.Priority),
    };

    /// <summary>The time until the deadline; null when there is none.</summary>
    public static TimeSpan? Deadline(HttpRequest request) => request.Headers[EdgeHeaders.Deadline].ToString() switch
    {
        "" => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds is > 0 and <= LongestDeadline => TimeSpan.FromMilliseconds(milliseconds),
        _ => throw ApiException.BadRequest("invalid_header",
            $"{EdgeHeaders.Deadline} must be a whole number of milliseconds, 1 to {LongestDeadline}.", EdgeHeaders.Deadline),
    };

    /// <summary>The idempotency key; null when there is none.</summary>
    public static string? IdempotencyKey(HttpRequest request) => request.Headers[EdgeHeaders.IdempotencyKey] switch
    {
        [] => null,
        [{ Length: > 0 and <= LongestKey } key] when !key.AsSpan().ContainsAnyExceptInRange(' ', '~') => key,
        _ => throw ApiException.BadRequest("invalid_header",
            $"{EdgeHeaders.IdempotencyKey} must be one text of 1 to {LongestKey} printable ASCII characters.", EdgeHeaders.IdempotencyKey),
    };

    public static void RequireJson(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            throw new ApiException(
                new ApiError(415, "unsupported_media_type", "Send the body as JSON with Content-Type: application/json."));
        }
    }
}
