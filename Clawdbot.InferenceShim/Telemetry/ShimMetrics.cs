using System.Diagnostics.Metrics;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;

namespace Clawdbot.InferenceShim.Telemetry;

/// <summary>What the shim counts, for Prometheus and for its own status. Thread-safe.</summary>
internal sealed class ShimMetrics
{
    private readonly Counter<long> _started;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _tokens;
    private readonly Histogram<double> _firstToken;
    private readonly Counter<long> _canaries;
    private readonly Counter<long> _convictions;
    private readonly IEngine _engine;
    private long _startedTotal;
    private long _continuedTotal;
    private long _tokensTotal;

    public ShimMetrics(IMeterFactory meters, IEngine engine, ConcurrencyGate gate)
    {
        var meter = meters.Create("Clawdbot.InferenceShim");
        _engine = engine;
        _started = meter.CreateCounter<long>(
            "clawdbot.shim.generations", "{generation}", "Generations accepted, by kind (new or continued)");
        _refused = meter.CreateCounter<long>("clawdbot.shim.refusals", "{request}", "Requests not taken, by code");
        _tokens = meter.CreateCounter<long>("clawdbot.shim.tokens.generated", "{token}", "Tokens generated; given ones are not counted");
        _firstToken = meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "From acceptance to the first new token",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.01, .025, .05, .1, .25, .5, 1, 2, 3, 5, 10, 30] });
        _canaries = meter.CreateCounter<long>("clawdbot.shim.canaries", "{generation}",
            "The shim's own generations of one token, by result; they count nowhere else");
        _convictions = meter.CreateCounter<long>("clawdbot.shim.convictions", "{conviction}",
            "Times that the engine was found not to generate, by cause");
        meter.CreateObservableUpDownCounter("clawdbot.shim.in_flight", () => gate.InFlight, "{request}", "Generations running");
        meter.CreateObservableUpDownCounter("clawdbot.shim.capacity", () => gate.Capacity, "{request}", "New requests taken at once");
        BeginAtZero();
    }

    /// <summary>Generations accepted since start.</summary>
    public long Started => Interlocked.Read(ref _startedTotal);

    /// <summary>Of these, continuations.</summary>
    public long Continued => Interlocked.Read(ref _continuedTotal);

    /// <summary>Tokens generated since start.</summary>
    public long TokensGenerated => Interlocked.Read(ref _tokensTotal);

    public void GenerationStarted(bool continuation)
    {
        Interlocked.Increment(ref _startedTotal);
        if (continuation)
            Interlocked.Increment(ref _continuedTotal);
        _started.Add(1, Model, new("kind", continuation ? "continued" : "new"));
    }

    public void Refused(string code) => _refused.Add(1, Model, new("code", code));

    public void FirstTokenAfter(TimeSpan elapsed) => _firstToken.Record(elapsed.TotalSeconds, Model);

    public void Generated(int tokens)
    {
        Interlocked.Add(ref _tokensTotal, tokens);
        _tokens.Add(tokens, Model);
    }

    public void CanaryEnded(string result) => _canaries.Add(1, new KeyValuePair<string, object?>("result", result));

    public void Convicted(string cause) => _convictions.Add(1, new KeyValuePair<string, object?>("cause", cause));

    private KeyValuePair<string, object?> Model => new("gen_ai.request.model", _engine.Description.Model);

    /// <summary>Starts the counters at 0: one that appears with its first event shows no rise.</summary>
    private void BeginAtZero()
    {
        foreach (var cause in (string[])["gone", "hung", "dead_input", "frozen", "mute", "canary"])
            _convictions.Add(0, new KeyValuePair<string, object?>("cause", cause));
        if (_engine.Description.Model.Length == 0)
            return; // the engine has not told it yet
        foreach (var kind in (string[])["new", "continued"])
            _started.Add(0, Model, new("kind", kind));
        foreach (var code in (string[])["replica_full", "replica_draining"])
            _refused.Add(0, Model, new("code", code));
        _tokens.Add(0, Model);
    }
}
