using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>How far one attempt got, and how fast: written token by token, read when it is over.</summary>
internal sealed class AttemptProgress(long sentAt, string id = "")
{
    private int _atLeast;
    private long? _first;
    private long _last;
    private long _longest;

    /// <summary>Tokens it brought, those included that the client had already.</summary>
    public int Tokens { get; private set; }

    /// <summary>What its shim knows it by.</summary>
    public string Id => id;

    /// <summary>Tokens that it must have generated, as far as it is seen from here.</summary>
    public int Generated => Math.Max(Tokens, _atLeast);

    /// <summary>Tokens of the prompt; null as long as the engine has not told them.</summary>
    public int? PromptTokens { get; set; }

    /// <summary>The shim process that answered; null when nothing came from it.</summary>
    public string? Instance { get; set; }

    /// <summary>What the engine itself says that it cost; null when the attempt ended before it was told.</summary>
    public GenerationUsage? Usage { get; set; }

    /// <summary>Tokens came, or the text that ends a choice.</summary>
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

    /// <summary>The client took its time: the gap that ends with the next token is not the replica's.</summary>
    public void Waited(long timestamp) => _last = timestamp;

    /// <summary>As it is told to who judges replicas.</summary>
    public AttemptReport Report(AttemptOutcome outcome, PromptSize prompt, TimeProvider time) => new(
        outcome, prompt, _first is { } first ? time.GetElapsedTime(sentAt, first) : null, Tokens,
        time.GetElapsedTime(_first ?? 0, _first is null ? 0 : _last), time.GetElapsedTime(0, _longest),
        outcome == AttemptOutcome.HedgeLost ? time.GetElapsedTime(sentAt) : null);
}
