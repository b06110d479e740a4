using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>How far one attempt got, and how fast: updated with each token, read when the attempt is over.</summary>
internal sealed class AttemptProgress(long sentAt, string id = "")
{
    private int _atLeast;
    private long? _first;
    private long _last;
    private long _longest;

    /// <summary>Number of tokens it brought, those included that the client had already.</summary>
    public int Tokens { get; private set; }

    /// <summary>The attempt's id, by which its shim knows it.</summary>
    public string Id => id;

    /// <summary>Number of tokens that it generated at least, as far as the gateway saw them.</summary>
    public int Generated => Math.Max(Tokens, _atLeast);

    /// <summary>Tokens of the prompt; null as long as the engine has not told them.</summary>
    public int? PromptTokens { get; set; }

    /// <summary>Id of the shim process that answered; null when nothing came from it.</summary>
    public string? Instance { get; set; }

    /// <summary>The tokens that it cost by the engine's count; null when it ended before the engine reported them.</summary>
    public GenerationUsage? Usage { get; set; }

    /// <summary>Called when tokens came, or the text that ends a choice.</summary>
    public void Came(int tokens, long timestamp)
    {
        Tokens += tokens;
        if (_first is null)
            _first = timestamp;
        else if (timestamp - _last > _longest)
            _longest = timestamp - _last;
        _last = timestamp;
    }

    /// <summary>
    /// Called when the answer is complete. It has <paramref name="tokens"/> tokens, of which the attempt was given <paramref name="given"/>
    /// and so generated the rest; the last one may have come together with the end.
    /// </summary>
    public void Completed(int tokens, int given) => _atLeast = tokens - given;

    /// <summary>Called after a wait for the client: the gap to the next token is counted only from now on.</summary>
    public void Waited(long timestamp) => _last = timestamp;

    /// <summary>The report by which the replica is judged.</summary>
    public AttemptReport Report(AttemptOutcome outcome, PromptSize prompt, TimeProvider time) => new(
        outcome, prompt, _first is { } first ? time.GetElapsedTime(sentAt, first) : null, Tokens,
        time.GetElapsedTime(_first ?? 0, _first is null ? 0 : _last), time.GetElapsedTime(0, _longest),
        outcome == AttemptOutcome.HedgeLost ? time.GetElapsedTime(sentAt) : null);
}
