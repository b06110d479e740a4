using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>How often one request may be moved. Moving off the dead is free as long as it leads somewhere.</summary>
internal sealed class Limits(FailoverOptions options, Journal journal)
{
    private int _retries;
    private int _deaths;
    private int _tokens;

    /// <summary>Counts a failed attempt; true when it was one too many.</summary>
    public bool Exceeded(AttemptResult result)
    {
        var fruitful = journal.Tokens > _tokens;
        _tokens = journal.Tokens;
        if (Attribution.Of(result.Outcome) != Fault.ReplicaGone)
            _retries += fruitful ? 0 : 1;
        else if (!fruitful && result.WasAlone)
            _deaths++; // with others around, the death may be theirs
        return _retries > options.Retries || _deaths > options.LonelyDeaths;
    }
}
