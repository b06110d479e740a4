using System.Diagnostics.Metrics;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Telemetry;

/// <summary>Everything the gateway counts. GenAI semantic conventions where they have a name, <c>clawdbot.*</c> elsewhere.</summary>
internal sealed class GatewayMetrics
{
    private static readonly double[] Seconds = [.005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5, 10, 30, 60, 120];

    private readonly Counter<long> _requests;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _failovers;
    private readonly Counter<long> _rejections;
    private readonly Counter<long> _moves;
    private readonly Counter<long> _tokens;
    private readonly Histogram<double> _silence;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private long _served;
    private long _failed;

    public GatewayMetrics(IMeterFactory meters, ReplicaTable table)
    {
        var meter = meters.Create("Clawdbot.Gateway");
        var buckets = new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds };
        _requests = meter.CreateCounter<long>("clawdbot.gateway.requests", "{request}", "Admitted requests, by result");
        _attempts = meter.CreateCounter<long>("clawdbot.gateway.attempts", "{attempt}", "Attempts on replicas, by outcome");
        _failovers = meter.CreateCounter<long>("clawdbot.gateway.failovers", "{failover}", "Attempts that were replaced, by phase, kind and cause");
        _rejections = meter.CreateCounter<long>("clawdbot.gateway.rejections", "{request}", "Requests refused by the gateway, by code");
        _moves = meter.CreateCounter<long>("clawdbot.gateway.replica.moves", "{move}", "Changes of a replica's state");
        _tokens = meter.CreateCounter<long>("gen_ai.client.token.usage", "{token}", "Tokens of answered requests, by type");
        _silence = meter.CreateHistogram("clawdbot.gateway.failover.silence", "s", "From the last token before a failover to the first after it", advice: buckets);
        _duration = meter.CreateHistogram("gen_ai.server.request.duration", "s", "From admission to the last byte", advice: buckets);
        _firstToken = meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "From admission to the first token", advice: buckets);
        meter.CreateObservableGauge("clawdbot.gateway.replicas", () => table.Current.All.GroupBy(r => r.State)
            .Select(g => new Measurement<long>(g.Count(), new KeyValuePair<string, object?>("state", g.Key.ToString()))), "{replica}", "Replicas, by state");
        meter.CreateObservableGauge("clawdbot.gateway.capacity", () => table.Current.Capacity, "{request}", "Requests that the routable replicas take at once");
    }

    /// <summary>Requests answered in full since start.</summary>
    public long Served => Interlocked.Read(ref _served);

    /// <summary>Admitted requests that ended without an answer, by no fault of the client.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    public void RequestEnded(string result, bool stream, TimeSpan elapsed)
    {
        if (result == "completed")
            Interlocked.Increment(ref _served);
        else if (result == "failed")
            Interlocked.Increment(ref _failed);
        var mode = new KeyValuePair<string, object?>("stream", stream);
        _requests.Add(1, new("result", result), mode);
        _duration.Record(elapsed.TotalSeconds, mode);
    }

    public void FirstToken(TimeSpan elapsed, bool stream) => _firstToken.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("stream", stream));

    public void TokensUsed(int prompt, int completion)
    {
        _tokens.Add(prompt, new KeyValuePair<string, object?>("gen_ai.token.type", "input"));
        _tokens.Add(completion, new KeyValuePair<string, object?>("gen_ai.token.type", "output"));
    }

    public void AttemptEnded(string replica, AttemptOutcome outcome) =>
        _attempts.Add(1, new("replica", replica), new("outcome", Attribution.Name(outcome)));

    public void FailedOver(string phase, string kind, AttemptOutcome cause) =>
        _failovers.Add(1, new("phase", phase), new("kind", kind), new("cause", Attribution.Name(cause)));

    public void Resumed(AttemptOutcome cause, TimeSpan silence) =>
        _silence.Record(silence.TotalSeconds, new KeyValuePair<string, object?>("cause", Attribution.Name(cause)));

    public void Rejected(string code) => _rejections.Add(1, new KeyValuePair<string, object?>("code", code));

    public void ReplicaMoved(string replica, ReplicaState state) => _moves.Add(1, new("replica", replica), new("state", state.ToString()));
}
