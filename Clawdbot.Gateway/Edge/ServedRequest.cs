using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge;

/// <summary>An admitted request, and what becomes of it.</summary>
internal sealed class ServedRequest(Generation request, Terms terms, Journal journal, Story story, long began)
{
    public Generation Request => request;

    public Terms Terms => terms;

    public Journal Journal => journal;

    public Story Story => story;

    /// <summary>When all of it was here, as a timestamp.</summary>
    public long Began => began;

    /// <summary>From then to its first token; null as long as none came.</summary>
    public TimeSpan? FirstToken { get; set; }
}
