using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge;

/// <summary>What the gateway reads from request headers besides the key.</summary>
internal static class RequestHeaders
{
    public static ContinuePolicy Continue(HttpRequest request) => request.Headers[EdgeHeaders.Continue].ToString() switch
    {
        "" or "any" => ContinuePolicy.Any,
        "exact" => ContinuePolicy.Exact,
        "none" => ContinuePolicy.None,
        _ => throw ApiException.BadRequest("invalid_header", $"{EdgeHeaders.Continue} must be exact, any or none.", EdgeHeaders.Continue),
    };

    public static bool WantsDetails(HttpRequest request) =>
        string.Equals(request.Headers[EdgeHeaders.Details], "true", StringComparison.OrdinalIgnoreCase);

    public static void RequireJson(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            throw new ApiException(new ApiError(415, "unsupported_media_type", "Send the body as JSON with Content-Type: application/json."));
    }
}
