using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// How an answer goes on after a failure: the best way there is. Of what the client has not seen, anything may come again; of what it has,
/// exactly by ids, else exactly by saying the same again, else near to it by text, else not at all.
/// </summary>
internal sealed class ContinuationPolicy(GenerationRequest request, ResponseState response, ContinuationPreference preference,
    TimeSpan quick, TimeProvider time)
{
    private bool _diverges;
    private bool _textRefused;

    /// <summary>What the client is told when there is no way: whether there would be one that it does not want.</summary>
    public EndKind End =>
        preference == ContinuationPreference.Exact && GoesOnByText ? EndKind.CannotContinueExactly : EndKind.CannotContinue;

    private bool GoesOnByText => response is { Continuation: ContinuationKind.Text, HasPieces: false } && request is { Choices: 1, OnlyText: true } && !_textRefused;

    /// <summary>What comes after an attempt that failed; null when nothing can.</summary>
    /// <param name="outcome">How it failed.</param>
    /// <param name="isCommitted">Whether the client has seen any of the answer.</param>
    public AttemptKind? After(AttemptOutcome outcome, bool isCommitted)
    {
        _diverges |= outcome == AttemptOutcome.Diverged;
        _textRefused |= outcome == AttemptOutcome.ContinuationRefused && response.Kind == AttemptKind.Text;
        if (preference != ContinuationPreference.None && response is { GoesOnByIds: true, Ids.Count: > 0 })
            return AttemptKind.Exact;
        if (!isCommitted)
            return AttemptKind.Fresh;
        if (preference == ContinuationPreference.None)
            return null;
        var canReplay = response is { IsRepeatable: true, HasPieces: false, IsApproximate: false } && !_diverges;
        if (canReplay && response.TokenRate.Of(response.Tokens, time) <= quick)
            return AttemptKind.Replay;
        if (preference == ContinuationPreference.Any && GoesOnByText)
            return AttemptKind.Text;
        return canReplay ? AttemptKind.Replay : null; // slow, and better than none
    }

    /// <summary>What a replica must be for an attempt of this kind.</summary>
    public Requirement Needs(AttemptKind kind) => kind switch
    {
        AttemptKind.Exact => new(request.Model, response.Identity, ContinuationKind.Ids),
        AttemptKind.Text => new(request.Model, response.Identity, ContinuationKind.Text),
        AttemptKind.Replay => new(request.Model, response.Identity, Repeatable: true),
        _ => new(request.Model, null),
    };
}
