using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge;

/// <summary>An admitted request, and what becomes of it.</summary>
internal sealed class ServedRequest(AskedRequest asked, Journal journal, Story story)
{
    public AskedRequest Asked => asked;

    public Generation Request => asked.Generation;

    public Journal Journal => journal;

    public Story Story => story;

    /// <summary>From the whole request to its first token; null as long as none came.</summary>
    public TimeSpan? FirstToken { get; set; }
}
