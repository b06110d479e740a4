using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>How often one request may be moved. Moving off the dead is free as long as it leads somewhere.</summary>
internal sealed class Limits(FailoverOptions options, Journal journal)
{
    private int _retries;
    private int _fruitless;
    private int _tokens;

    /// <summary>Counts a failed attempt; true when it was one too many.</summary>
    public bool Exceeded(AttemptOutcome outcome)
    {
        var fruitful = journal.Tokens > _tokens;
        _tokens = journal.Tokens;
        _fruitless = fruitful ? 0 : _fruitless + 1;
        if (Attribution.Of(outcome) != Fault.ReplicaGone && !fruitful)
            _retries++;
        return _retries > options.Retries || _fruitless > options.FruitlessMoves;
    }
}
