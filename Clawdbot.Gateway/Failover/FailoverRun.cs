using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Answers one request: owns its attempts and all that is known of them, and does what <see cref="FailoverPolicy"/> decides.
/// </summary>
internal sealed class FailoverRun : IAsyncDisposable
{
    private readonly FailoverServices _services;
    private readonly RequestContext _context;
    private readonly IResponseWriter _writer;
    private readonly CancellationToken _client;
    private readonly RunDeadline _deadline;
    private readonly CancellationTokenSource _end;
    private readonly RunningAttempts _attempts;
    private readonly ReplicaChoice _choice;
    private readonly PoisonSuspicion _suspicion;
    private readonly FailoverRecorder _recorder;
    private FailoverState _state;
    private EndedAttempt? _last;
    private AttemptResult? _refusal;
    private FleetView _fleet;
    private Task? _changed;
    private int _rejections;
    private int _rounds;
    private int _tokens;

    public FailoverRun(FailoverServices services, RequestContext context, IResponseWriter writer, CancellationToken client)
    {
        (_services, _context, _writer, _client) = (services, context, writer, client);
        _deadline = new RunDeadline(context.Response, context.TimeLeft(services.Options.TotalSeconds, services.Time),
            context.TimeLeft(services.Options.LongestAnswerSeconds, services.Time), services.Time);
        _end = CancellationTokenSource.CreateLinkedTokenSource(client, _deadline.Token);
        _recorder = new FailoverRecorder(context, services.Metrics, services.Time);
        _attempts = new RunningAttempts(services, context.History, _recorder);
        _choice = new ReplicaChoice(services.Search, context);
        _suspicion = new PoisonSuspicion(context.Response, services.Time);
        _state = new FailoverState { Preference = context.Options.Continue };
    }

    /// <summary>Runs until the client has the answer, or the reason why there is none.</summary>
    public async Task<RequestEnd> RunAsync()
    {
        AttemptOutcome? outcome = null;
        while (true)
        {
            _changed = _services.Search.Changed; // taken before the look, or a change between the two would be missed
            _state = Facts();
            _fleet = Look(outcome);
            var decision = _services.Policy.Decide(_state, outcome, _fleet);
            Record(outcome, decision);
            switch (decision.Action)
            {
                case FailoverAction.Attempt:
                    outcome = await AttemptAsync(decision.Kind!.Value);
                    break;
                case FailoverAction.Hedge:
                    _attempts.Hedge();
                    outcome = await NextAsync();
                    break;
                case FailoverAction.Listen:
                    outcome = await NextAsync();
                    break;
                case FailoverAction.Wait:
                    outcome = await WaitAsync(decision.Limit);
                    break;
                case FailoverAction.Requeue when await RequeueAsync(decision.Limit) is { } refused:
                    return refused;
                case FailoverAction.Requeue:
                    outcome = Ended();
                    break;
                default:
                    return End(decision.Reason);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _attempts.DisposeAsync();
        }
        finally
        {
            _end.Dispose();
            _deadline.Dispose();
        }
    }

    /// <summary>
    /// Makes an attempt on the replica that was found; null when a suspect waited in vain for a replica of its own and none is left now.
    /// </summary>
    private async Task<AttemptOutcome?> AttemptAsync(AttemptKind kind)
    {
        ReplicaReservation? reservation = null;
        if (_suspicion.IsSuspect)
            reservation = await _services.Placement.FindAsync(_suspicion, _choice.Needs(kind), _choice.Without(kind), _end.Token);
        var found = _suspicion.IsSuspect ? reservation?.Replica ?? _choice.Find(kind) : _choice.Found(kind);
        if (found is not { } replica)
            return Ended();
        if (kind == AttemptKind.Fresh && _last is not null)
        {
            _context.Response.StartOver();
            _writer.StartOver();
        }
        _attempts.Begin(Of(replica, kind), mayHedge: !_context.History.HasFailovers, reservation);
        return await NextAsync();
    }

    /// <summary>Waits for the end of an attempt and returns how it ended; null when the first token is late.</summary>
    private async Task<AttemptOutcome?> NextAsync()
    {
        if (await _attempts.NextAsync() is not { } ended)
            return null;
        _last = ended;
        var (attempt, result) = ended;
        switch (Attribution.Of(result.Outcome))
        {
            case Fault.None:
                return result.Outcome;
            case Fault.Client:
                _state = _state with { OtherHasAnswer = !_attempts.CallOff() };
                return result.Outcome;
            case Fault.Backpressure:
                _choice.Rejected(attempt.Replica, result.RetryAfter);
                if (result.RetryAfter is { } wait)
                    attempt.Replica.Live.Close(wait, result.Error?.Answered, _services.Time);
                break;
            case Fault.Mismatch when result.Outcome == AttemptOutcome.ContinuationRefused && attempt.Kind != AttemptKind.Fresh:
                _choice.Refused(attempt.Replica, attempt.Kind);
                break;
            case Fault.Mismatch when result.Outcome == AttemptOutcome.Unsupported:
                _choice.Unsupported(attempt.Replica, result.Error?.Code);
                _refusal = result;
                break;
            case Fault.Mismatch when result.Outcome == AttemptOutcome.Diverged:
                break; // the replica is well although it generates something else
            default:
                _choice.Tried(attempt.Replica);
                break;
        }
        if (_attempts.Count > 0)
            return result.Outcome; // the other attempt goes on
        if (!_context.Response.IsComplete && result.Outcome != AttemptOutcome.Busy)
            await _suspicion.ConsiderAsync(attempt.Replica, result);
        var tokens = _context.Response.Tokens;
        _rounds = tokens > _tokens ? 0 : _rounds;
        (_state, _tokens) = (_state.After(result.Outcome, tokens > _tokens, _services.Search.IsOut(attempt.Replica)), tokens);
        return result.Outcome;
    }

    /// <summary>Waits for one round, after which replicas that were tried may be asked again.</summary>
    private async Task<AttemptOutcome?> WaitAsync(TimeSpan limit)
    {
        var since = _services.Time.GetTimestamp();
        await _services.Search.WaitAsync(_changed!, _rounds++, limit, _end.Token);
        _choice.NextRound();
        _state = _state with { Waited = _state.Waited + _services.Time.GetElapsedTime(since) };
        return Ended();
    }

    /// <summary>Waits in the admission queue; returns how the request ends when there is no place for it, else null.</summary>
    private async Task<RequestEnd?> RequeueAsync(TimeSpan limit)
    {
        var since = _services.Time.GetTimestamp();
        // If no replica was asked since the last time, this request found no room where others may: they go first.
        var wasAsked = _state.Rejections > _rejections;
        _rejections = _state.Rejections;
        var request = new RequeueRequest(_context.ForAdmission(_services.Time), limit, wasAsked);
        var admitted = await _services.Admission.RequeueAsync(_context.Lease!, request, _end.Token);
        _context.Lease = admitted.Lease;
        _choice.NextRound();
        _state = _state with { Waited = _state.Waited + _services.Time.GetElapsedTime(since) };
        return admitted.Outcome switch
        {
            AdmissionOutcome.Admitted or AdmissionOutcome.ClientGone => null,
            AdmissionOutcome.NoReplica => End(EndReason.NoReplica) with { RetryAfter = TimeSpan.FromSeconds(admitted.RetryAfterSeconds) },
            _ => End(EndReason.Saturated) is { RetryAfter: { } said } end && said.TotalSeconds > admitted.RetryAfterSeconds
                ? end
                : End(EndReason.Saturated) with { RetryAfter = TimeSpan.FromSeconds(admitted.RetryAfterSeconds) },
        };
    }

    private Attempt Of(Replica replica, AttemptKind kind) => new()
    {
        Replica = replica,
        Kind = kind,
        Request = _context.Request,
        Response = _context.Response,
        Writer = _writer,
        Observer = _attempts,
        Client = _client,
        Deadline = _deadline.Token,
    };

    /// <summary>What ended the run from outside; null when nothing did.</summary>
    private AttemptOutcome? Ended() =>
        _client.IsCancellationRequested ? AttemptOutcome.ClientGone
        : _deadline.IsOver ? AttemptOutcome.DeadlineExceeded
        : null;

    /// <summary>The state, brought up to date from the answer, the attempts and the suspicion.</summary>
    private FailoverState Facts()
    {
        var (request, response) = (_context.Request, _context.Response);
        return _state with
        {
            IsCommitted = _writer.IsCommitted,
            IsComplete = response.IsComplete,
            Running = _attempts.Count,
            HasIds = response is { ContinuesByIds: true, Ids.Count: > 0 },
            HasText = response is { Continuation: ContinuationKind.Text, HasPieces: false } && request is { Choices: 1, OnlyText: true },
            // Where ids continue the answer its text is not kept, so that what is said again could not be told from what is new.
            IsRepeatable = response is { IsRepeatable: true, HasPieces: false, IsApproximate: false, ContinuesByIds: false },
            ReplayIsQuick = response.TokenRate.Of(response.Tokens, _services.Time)
                <= TimeSpan.FromMilliseconds(_services.Options.ReplayMilliseconds),
            IsQuarantined = _attempts.Count == 0
                && (_suspicion.IsProven || (response.Tokens == 0 && _services.PoisonQuarantine.IsRefused(request))),
        };
    }

    /// <summary>Looks at the fleet, as far as the decision needs it.</summary>
    private FleetView Look(AttemptOutcome? outcome)
    {
        if (_state.Running > 0)
            return new FleetView { MayHedge = outcome is null && _attempts.MayHedge(_choice) };
        var fault = outcome is { } ended ? Attribution.Of(ended) : Fault.None;
        if (outcome == AttemptOutcome.Completed || fault == Fault.Client)
            return default;
        var view = new FleetView();
        Span<AttemptKind> kinds = stackalloc AttemptKind[FailoverPolicy.MostKinds];
        foreach (var kind in kinds[..FailoverPolicy.Kinds(_state, kinds)])
        {
            view = _choice.Look(kind, _state.Rejections, view);
            if (view.For(kind) == Availability.Ready)
                break; // the policy takes the first that is ready
        }
        return fault != Fault.ReplicaSick ? view
            : view with { BudgetLeft = _services.Budget.CanSpend, OthersAreWell = _choice.IsAnyWell(AttemptKind.Fresh) };
    }

    /// <summary>Tells history, metrics and trace of an attempt that failed, and pays for the next one.</summary>
    private void Record(AttemptOutcome? outcome, in FailoverDecision decision)
    {
        if (outcome is not { } cause || Attribution.Of(cause) is Fault.None or Fault.Client or Fault.Backpressure)
            return;
        if (decision is { Action: FailoverAction.End, Reason: EndReason.Completed or EndReason.Refused })
            return;
        _recorder.Failed(_last!.Attempt.Replica, cause, decision.Kind);
        if (_attempts.Winner is { } winner)
            _recorder.Resumed(winner, silence: null); // the other attempt has just had its first token
        if (decision.IsPaid)
            _services.Budget.TrySpend();
    }

    private RequestEnd End(EndReason reason)
    {
        if (reason == EndReason.BudgetSpent)
            _services.Metrics.RetryRefused("retry");
        DateTimeOffset? until = _suspicion.IsProven ? _services.PoisonQuarantine.Convict(_context)
            : reason == EndReason.Quarantined ? _services.PoisonQuarantine.Refuse(_context.Request) : null;
        var last = reason == EndReason.Refused ? _refusal ?? _last?.Result : _last?.Result;
        return new RequestEnd(reason, last) { Until = until, RetryAfter = _fleet.MayOpenAnyTime ? null : _fleet.RetryAfter };
    }
}
