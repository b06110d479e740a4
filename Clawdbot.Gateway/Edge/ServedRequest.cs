using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge;

/// <summary>An admitted request, and what becomes of it.</summary>
internal sealed class ServedRequest(AskedRequest asked, ResponseState response, AttemptHistory history)
{
    public AskedRequest Asked => asked;

    public GenerationRequest Request => asked.Generation;

    public ResponseState Response => response;

    public AttemptHistory History => history;

    /// <summary>From the whole request to its first token; null as long as none came.</summary>
    public TimeSpan? FirstToken { get; set; }
}
