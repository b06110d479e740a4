using System.Diagnostics.Metrics;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Telemetry;

/// <summary>The metrics of the gateway, named by the GenAI semantic conventions where these have a name, else <c>clawdbot.*</c>.</summary>
internal sealed class GatewayMetrics
{
    /// <summary>Most tokens of a short answer, for which the objective of 3 s holds as a whole.</summary>
    private const int Short = 128;

    private static readonly double[] Seconds = [.005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5, 10, 30, 60, 120];

    /// <summary>The states of a replica in the fleet, which are all but <see cref="ReplicaState.Gone"/>.</summary>
    private static readonly ReplicaState[] States = [.. Enum.GetValues<ReplicaState>().Where(s => s != ReplicaState.Gone)];

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _failovers;
    private readonly Counter<long> _rejections;
    private readonly Counter<long> _moves;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _ledgerDropped;
    private readonly Counter<long> _repeats;
    private readonly Counter<long> _doubts;
    private readonly Counter<long> _unbudgeted;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _poison;
    private readonly Histogram<double> _silence;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private long _served;
    private long _failed;

    public GatewayMetrics(IMeterFactory meters, ReplicaTable table)
    {
        var meter = _meter = meters.Create("Clawdbot.Gateway");
        var buckets = new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds };
        _requests = meter.CreateCounter<long>("clawdbot.gateway.requests", "{request}", "Admitted requests, by result");
        _attempts = meter.CreateCounter<long>("clawdbot.gateway.attempts", "{attempt}", "Attempts on replicas, by outcome");
        _failovers = meter.CreateCounter<long>("clawdbot.gateway.failovers", "{failover}",
            "Attempts that were replaced, by phase, kind and cause");
        _rejections = meter.CreateCounter<long>("clawdbot.gateway.rejections", "{request}", "Requests refused by the gateway, by code");
        _moves = meter.CreateCounter<long>("clawdbot.gateway.replica.moves", "{move}",
            "Changes of a replica's state, by replica and new state");
        _unbudgeted = meter.CreateCounter<long>("clawdbot.gateway.retries.refused", "{retry}",
            "Retries and hedges that the retry budget did not allow");
        _hedges = meter.CreateCounter<long>("clawdbot.gateway.hedges", "{hedge}",
            "Second attempts sent because the first token was late, and who had it then");
        _poison = meter.CreateCounter<long>("clawdbot.gateway.poison", "{request}",
            "Requests that replicas die of: found here, and refused here");
        _tokens = meter.CreateCounter<long>("gen_ai.client.token.usage", "{token}", "Tokens of answered requests, by type");
        _repeats = meter.CreateCounter<long>("clawdbot.gateway.repeats", "{request}",
            "Requests answered by what another one of the same Idempotency-Key got, by how");
        _ledgerDropped = meter.CreateCounter<long>("clawdbot.gateway.ledger.dropped", "{line}", "Lines that the ledger lost");
        _doubts = meter.CreateCounter<long>("clawdbot.gateway.observer.doubts", "{doubt}",
            "Times that this gateway doubted its own sight rather than its replicas");
        _silence = meter.CreateHistogram("clawdbot.gateway.failover.silence", "s",
            "From the last token before a failover to the first after it", advice: buckets);
        _duration = meter.CreateHistogram("gen_ai.server.request.duration", "s",
            "From the whole request to the last byte of its answer, the wait for a place included; length is short up to 128 tokens",
            advice: buckets);
        _firstToken = meter.CreateHistogram("gen_ai.server.time_to_first_token", "s",
            "From the whole request to its first token, the wait for a place included", advice: buckets);
        ObserveFleet(meter, table);
        BeginAtZero();
    }

    /// <summary>Number of requests answered in full since the start.</summary>
    public long Served => Interlocked.Read(ref _served);

    /// <summary>Number of admitted requests since the start that ended without an answer, not by the client's fault.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Adds the metrics of the queue.</summary>
    public void ObserveAdmission(Func<int> inFlight, Func<int> queued, Func<int> queueLimit)
    {
        _meter.CreateObservableUpDownCounter("clawdbot.gateway.in_flight", inFlight, "{request}", "Requests that hold a place");
        _meter.CreateObservableUpDownCounter("clawdbot.gateway.queued", queued, "{request}", "Requests that wait for a place");
        _meter.CreateObservableUpDownCounter("clawdbot.gateway.queue.limit", queueLimit, "{request}",
            "Requests that may wait for a place");
    }

    /// <summary>Adds the counter of replicas picked, by whether their caches should know the request.</summary>
    public void ObserveRouting(Func<long> home, Func<long> spilled, Func<long> none) => _meter.CreateObservableCounter(
        "clawdbot.gateway.affinity",
        () => (IEnumerable<Measurement<long>>)[Picks("home", home()), Picks("spilled", spilled()), Picks("none", none())],
        "{pick}", "Replicas picked, by affinity: the one whose caches should know the request, "
            + "another because that one was too loaded, no affinity");

    /// <summary>Adds the metrics of request bodies.</summary>
    public void ObserveBodies(Func<long> held, Func<long> spooled)
    {
        _meter.CreateObservableUpDownCounter("clawdbot.gateway.bodies.held", held, "By", "Request bytes in memory");
        _meter.CreateObservableUpDownCounter("clawdbot.gateway.bodies.spooled", spooled, "By", "Request bytes in files");
    }

    /// <summary>Adds the gauge of the retry budget.</summary>
    public void ObserveRetryBudget(Func<double> left) =>
        _meter.CreateObservableGauge("clawdbot.gateway.retry.budget", left, "{retry}", "Requests that may be begun anew at once");

    /// <summary>Counts a retry or hedge that the budget did not allow.</summary>
    /// <param name="what"><c>retry</c> or <c>hedge</c>.</param>
    public void RetryRefused(string what) => _unbudgeted.Add(1, new KeyValuePair<string, object?>("what", what));

    /// <summary>Counts a request of which two replicas died.</summary>
    public void PoisonFound() => _poison.Add(1, new KeyValuePair<string, object?>("event", "found"));

    /// <summary>Counts a request that was refused because replicas die of it.</summary>
    public void PoisonRefused() => _poison.Add(1, new KeyValuePair<string, object?>("event", "refused"));

    /// <summary>Adds the gauge of quarantined requests.</summary>
    public void ObserveQuarantine(Func<int> count) =>
        _meter.CreateObservableGauge("clawdbot.gateway.quarantined", count, "{request}",
            "Requests that are refused because replicas die of them");

    /// <summary>Counts a request that was sent to a second replica.</summary>
    public void Hedged() => _hedges.Add(1, new KeyValuePair<string, object?>("event", "sent"));

    /// <summary>Counts which of the two replicas had the first token.</summary>
    public void HedgeDecided(bool bySecond) => _hedges.Add(1, new KeyValuePair<string, object?>("event", bySecond ? "won" : "lost"));

    /// <summary>Adds the metrics of the shared store.</summary>
    public void ObserveStore(Func<int> shared, Func<long> fallbacks)
    {
        _meter.CreateObservableGauge("clawdbot.gateway.shared_store.up", shared, null, "1 while the store that gateways share answers");
        _meter.CreateObservableCounter("clawdbot.gateway.shared_store.fallbacks", fallbacks, "{question}",
            "Questions that this gateway answered itself because the shared store did not");
    }

    public void RequestEnded(string result, bool stream, int tokens, TimeSpan elapsed)
    {
        if (result == "completed")
            Interlocked.Increment(ref _served);
        else if (result == "failed")
            Interlocked.Increment(ref _failed);
        var mode = new KeyValuePair<string, object?>("stream", stream);
        _requests.Add(1, new("result", result), mode);
        _duration.Record(elapsed.TotalSeconds, new("result", result), mode, new("length", tokens <= Short ? "short" : "long"));
    }

    public void FirstToken(TimeSpan elapsed, bool stream) =>
        _firstToken.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("stream", stream));

    public void TokensUsed(int prompt, int completion)
    {
        _tokens.Add(prompt, new KeyValuePair<string, object?>("gen_ai.token.type", "input"));
        _tokens.Add(completion, new KeyValuePair<string, object?>("gen_ai.token.type", "output"));
    }

    public void AttemptEnded(string replica, AttemptOutcome outcome) =>
        _attempts.Add(1, new("replica", replica), new("outcome", Attribution.Name(outcome)));

    public void FailedOver(FailoverEntry entry) =>
        _failovers.Add(1, new("phase", entry.Phase), new("kind", entry.Kind), new("cause", Attribution.Name(entry.Cause)));

    public void Resumed(AttemptOutcome cause, TimeSpan silence) =>
        _silence.Record(silence.TotalSeconds, new KeyValuePair<string, object?>("cause", Attribution.Name(cause)));

    public void Idempotent(string how) => _repeats.Add(1, new KeyValuePair<string, object?>("how", how));

    public void LedgerDropped(int lines) => _ledgerDropped.Add(lines);

    public void Rejected(string code) => _rejections.Add(1, new KeyValuePair<string, object?>("code", code));

    /// <summary>Starts the counters of a replica that joined the fleet at 0.</summary>
    public void ReplicaJoined(string replica)
    {
        foreach (var state in States)
            _moves.Add(0, new("replica", replica), new("state", state.ToString()));
        foreach (var outcome in Enum.GetValues<AttemptOutcome>().Where(o => Attribution.Of(o) != Fault.Client))
            _attempts.Add(0, new("replica", replica), new("outcome", Attribution.Name(outcome)));
    }

    public void ReplicaMoved(string replica, ReplicaState state) => _moves.Add(1, new("replica", replica), new("state", state.ToString()));

    /// <summary>Counts that this gateway doubted its own view rather than its replicas.</summary>
    public void ObserverDoubted() => _doubts.Add(1);

    private static void ObserveFleet(Meter meter, ReplicaTable table)
    {
        meter.CreateObservableGauge("clawdbot.gateway.replicas", () => ByState(table.Current), "{replica}", "Replicas, by state");
        meter.CreateObservableGauge("clawdbot.gateway.replica.state", () => EachState(table.Current), "{replica}",
            "1 for the state that a replica is in, 0 for every other");
        meter.CreateObservableGauge("clawdbot.gateway.capacity", () => table.Current.Capacity, "{request}",
            "Requests that the routable replicas take at once");
    }

    /// <summary>Starts the counters that are watched at 0: one that appears with its first event shows no rise.</summary>
    private void BeginAtZero()
    {
        _ledgerDropped.Add(0);
        _doubts.Add(0);
        foreach (var stream in (bool[])[false, true])
        {
            foreach (var result in (string[])["completed", "failed", "refused", "client_gone"])
                _requests.Add(0, new("result", result), new("stream", stream));
        }
        foreach (var what in (string[])["retry", "hedge"])
            _unbudgeted.Add(0, new KeyValuePair<string, object?>("what", what));
        foreach (var happened in (string[])["found", "refused"])
            _poison.Add(0, new KeyValuePair<string, object?>("event", happened));
        foreach (var happened in (string[])["sent", "won", "lost"])
            _hedges.Add(0, new KeyValuePair<string, object?>("event", happened));
        string[] codes =
        [
            "no_replica", "saturated", "deadline_unreachable", "bodies_exhausted", "tenant_concurrency", "tenant_requests", "tenant_tokens",
            "spool_full", "spool_failed", "internal_error",
        ];
        foreach (var code in codes)
            _rejections.Add(0, new KeyValuePair<string, object?>("code", code));
        FailoversBeginAtZero();
    }

    private void FailoversBeginAtZero()
    {
        (string, string)[] ways =
        [
            ("before_first_byte", "restart"), ("mid_stream", "restart"), ("mid_stream", "exact"), ("mid_stream", "replay"),
            ("mid_stream", "text"),
        ];
        var causes = Enum.GetValues<AttemptOutcome>()
            .Where(o => Attribution.Of(o) is Fault.ReplicaGone or Fault.ReplicaSick or Fault.Mismatch);
        foreach (var cause in causes)
        {
            foreach (var (phase, kind) in ways)
                _failovers.Add(0, new("phase", phase), new("kind", kind), new("cause", Attribution.Name(cause)));
        }
    }

    private static Measurement<long> Picks(string result, long count) => new(count, new KeyValuePair<string, object?>("result", result));

    private static IEnumerable<Measurement<long>> ByState(ReplicaSet set) =>
        States.Select(state => new Measurement<long>(
            set.All.Count(r => r.State == state), new KeyValuePair<string, object?>("state", state.ToString())));

    private static IEnumerable<Measurement<long>> EachState(ReplicaSet set) =>
        from replica in set.All
        from state in States
        select new Measurement<long>(replica.State == state ? 1 : 0, new("replica", replica.Id), new("state", state.ToString()));
}
