using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge;

/// <summary>What a request's headers ask for, read before a byte of its body.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Continue">What is allowed after the first byte.</param>
/// <param name="Details">Whether the answer is to tell what happened to it on its way.</param>
internal sealed record Terms(Caller Caller, ContinuePolicy Continue, bool Details)
{
    /// <exception cref="ApiException">A header makes no sense; the error says what it may be.</exception>
    public static Terms Read(HttpRequest request, Caller caller) => new(caller, RequestHeaders.Continue(request), RequestHeaders.WantsDetails(request));
}
