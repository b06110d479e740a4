using System.Buffers;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge;

/// <summary>
/// The id by which client and operator speak of a request, in <see cref="EdgeHeaders.RequestId"/> of every answer and error: the client's
/// own, else the answer's id, or the connection's number of the request where there is no answer.
/// </summary>
internal static class RequestId
{
    private const int Longest = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

    /// <summary>
    /// The client's own id; null when it sent none, several, or one that is not 1 to 128 characters of <c>A-Z a-z 0-9 . _ : -</c>: it goes
    /// into logs of others.
    /// </summary>
    public static string? Own(HttpRequest request) =>
        request.Headers[EdgeHeaders.RequestId] is [{ Length: > 0 and <= Longest } own] && !own.AsSpan().ContainsAnyExcept(Allowed)
            ? own
            : null;

    /// <summary>Sets the header of an answer.</summary>
    public static void Write(HttpContext http)
    {
        var id = Own(http.Request) ?? http.TraceIdentifier;
        http.Response.Headers[EdgeHeaders.RequestId] = id;
        if (ApiError.Api(http).IdHeader is { } own) // under which this API's clients look for it
            http.Response.Headers[own] = id;
    }
}
