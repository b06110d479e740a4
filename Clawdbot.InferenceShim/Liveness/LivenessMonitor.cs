using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Embedded;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>Observes the engine ten times a second, has the evidence judged, and tells the watch.</summary>
internal sealed partial class LivenessMonitor : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PingPause = TimeSpan.FromSeconds(1);

    /// <summary>A tick that is later than this shows that this process stood still, and could hear nobody meanwhile.</summary>
    private static readonly TimeSpan StoodStill = TimeSpan.FromSeconds(1);

    /// <summary>Age up to which a change of the counters is recent; some engines count only about once a second.</summary>
    private static readonly TimeSpan JustNow = TimeSpan.FromSeconds(3);

    private readonly IEngine _engine;
    private readonly EngineWatch _watch;
    private readonly LoadReading _reading;
    private readonly Generations _generations;
    private readonly FailedPictures _pictures;
    private readonly ShimMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<LivenessMonitor> _log;
    private readonly LivenessJudge _judge;
    private readonly EngineReachability _reachability;
    private readonly LoadHistory _history;
    private readonly Lock _lock = new();

    private LoadSample? _sample;
    private long _from;
    private int _starts;
    private long _progressBefore;
    private long _unloadedAt = long.MinValue;
    private bool _isProven;
    private Finding? _finding;
    private (long Progress, long Motions) _seen;

    public LivenessMonitor(
        LivenessServices observed, EngineWatch watch, ShimMetrics metrics, IOptions<LivenessOptions> options, TimeProvider time,
        ILogger<LivenessMonitor> log)
    {
        (_engine, _reading, _generations, _reachability, _pictures) = observed;
        (_watch, _metrics, _time, _log) = (watch, metrics, time, log);
        (_judge, _history, _from) = (new LivenessJudge(options.Value), new LoadHistory(time), time.GetTimestamp());
        IsOn = _engine is not EmbeddedEngine;
        if (IsOn)
            watch.Unproven("the engine has not answered yet.");
    }

    /// <summary>Whether the engine is watched; the embedded one is not.</summary>
    public bool IsOn { get; }

    /// <summary>Whether the engine tells its numbers: then silence is soon explained, or soon found to be a hang.</summary>
    public bool HasNumbers => _engine.Capabilities.Load;

    /// <summary>How many generations, canaries included, it has begun to answer.</summary>
    public long Answered => _generations.Answered;

    /// <summary>How often its process was started, or was found gone, by the word of its parent.</summary>
    public int Starts => _watch.Starts;

    /// <summary>Whether its process runs and nothing is held against it.</summary>
    public bool IsServing
    {
        get
        {
            lock (_lock)
                return _isProven && _finding is null && _watch.IsUp;
        }
    }

    /// <summary>Whether its process runs and was found not to generate.</summary>
    public bool IsConvicted
    {
        get
        {
            lock (_lock)
                return _finding is not null && _watch.IsUp;
        }
    }

    /// <summary>Whether, by its own numbers, it works on no request: it knows of none, or nothing has moved for so long.</summary>
    public bool IsIdle(TimeSpan still)
    {
        lock (_lock)
            return _history.Last is not { Known: > 0 } || _history.Still >= still || _history.Age > JustNow;
    }

    /// <summary>Whether its counters moved just now; null where it has none.</summary>
    public bool? Works
    {
        get
        {
            lock (_lock)
                return !IsOn || !_engine.Capabilities.Load || _history.Last is null
                    ? null
                    : _history.Age < JustNow && _history.Still < JustNow;
        }
    }

    /// <summary>What is seen of an engine that nothing is held against; null of any other, and of one that is not watched.</summary>
    public Evidence? Seen
    {
        get
        {
            lock (_lock)
                return IsOn && IsServing ? Evidence() : null;
        }
    }

    /// <summary>Convicts it, because it was found not to generate.</summary>
    public void Convict(Finding finding)
    {
        lock (_lock)
        {
            if (!_isProven || _finding is not null || !_watch.IsUp)
                return;
            _finding = finding = _reachability.IsRefused ? LivenessJudge.Gone : finding; // the canary may have been refused first
            _seen = (_generations.Progress, _history.Motions);
        }
        _metrics.Convicted(finding.Cause);
        Found(_log, finding.Words);
        _watch.Convict(finding.Words, finding.Cause is "gone" or "gpu");
    }

    /// <summary>Acquits it, because it was seen to generate.</summary>
    public void Acquit(string why)
    {
        lock (_lock)
        {
            if (_finding is null)
                return;
            _finding = null;
            _from = _time.GetTimestamp();
        }
        Recovered(_log, why);
        _watch.Alive();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!IsOn)
            return;
        _generations.Failed += Failed;
        await Task.WhenAll(LookAsync(stoppingToken), AskAsync(stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _generations.Failed -= Failed;
    }

    private void Failed(GenerationInFlight generation, EngineFailureException fault) => _reachability.GenerationFailed(fault);

    private async Task LookAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Tick, _time);
        var last = _time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            var late = _time.GetElapsedTime(last) > StoodStill;
            last = _time.GetTimestamp();
            if (Look(late) is { } finding)
                Convict(finding);
        }
    }

    /// <summary>Asks whether it is there, while its numbers don't show it.</summary>
    private async Task AskAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            if (!_engine.Capabilities.Load || _reading.Last is null)
                await _reachability.AskAsync(cancellation);
            await Task.Delay(PingPause, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Finding? Look(bool late)
    {
        lock (_lock)
        {
            if (late || _watch.Starts != _starts)
                BeginAnew();
            Read();
            if (!_watch.IsUp || !Proven())
                return null;
            if (_finding is null)
                return _judge.Look(Evidence());
        }
        if (Progressed())
            Acquit("it goes on by itself");
        return null;
    }

    /// <summary>Forgets what is known of another process, or of before a time in which this process stood still.</summary>
    private void BeginAnew()
    {
        _history.Forget();
        _from = _time.GetTimestamp();
        if (_watch.Starts == _starts)
            return;
        (_starts, _isProven, _finding) = (_watch.Starts, false, null);
        _progressBefore = _generations.Progress;
        _reachability.Forget();
        _generations.CanaryLatency.Forget();
        _pictures.Forget();
    }

    private void Read()
    {
        if (_generations.LastStepAt > _reachability.At)
            _reachability.Heard(_generations.LastStepAt);
        if (_reading.Sample is not { } sample || sample == _sample)
            return;
        _sample = sample;
        if (sample.Load is { IsUnloaded: true })
            _unloadedAt = sample.At;
        if (sample.Fault is { } fault && sample.At >= _from)
            _reachability.Failed(fault); // a fault from before it was up is not counted
        if (sample.Load is null || !_engine.Capabilities.Load)
            return;
        _reachability.Heard(sample.At);
        if (_history.Take(sample.Load, sample.At))
            _pictures.Forget();
    }

    /// <summary>Whether the engine has said what it serves. Until then it is starting, whatever is wrong.</summary>
    private bool Proven()
    {
        if (_isProven)
            return true;
        var isNamed = _engine.Description.Model.Length > 0;
        if (isNamed && (_reachability.Ever || _starts > 0)) // started by a parent, which says that it serves only after it has answered
        {
            (_isProven, _from) = (true, _time.GetTimestamp());
            _reachability.Heard(_from);
            _watch.Alive();
            return true;
        }
        var fault = _reading.Sample?.Fault?.Message ?? _reachability.Fault;
        _watch.Unproven($"the engine has not {(isNamed ? "answered yet" : "said what it serves")}. {fault}".TrimEnd());
        return false;
    }

    private Evidence Evidence() => new()
    {
        IsRefused = _reachability.IsRefused,
        Unanswered = Since(_reachability.At),
        Silent = Since(_generations.LastProgressAt),
        IsCold = IsCold,
        Waiting = [.. _generations.InFlight.Where(g => g.WaitingSince is not null).Select(AsWaiting)],
        InFlight = _generations.InFlight.Count,
        Asked = _generations.AskedAt is { } asked ? Since(asked) : null,
        Abandoned = _generations.LastAbandonedAt is var at && at == long.MinValue ? TimeSpan.MaxValue : _time.GetElapsedTime(at),
        CanaryLatency = _generations.CanaryLatency.Slowest,
        Load = _history.Last,
        LoadAge = _history.Age,
        Still = _history.Still,
        Empty = _history.Empty,
    };

    /// <summary>Whether nothing has come from it since its start, or since it said that its model is not loaded.</summary>
    private bool IsCold => _generations.Progress == _progressBefore || _unloadedAt > _generations.LastProgressAt;

    private WaitingGeneration AsWaiting(GenerationInFlight generation) => new(
        Since(generation.WaitingSince ?? _time.GetTimestamp()), generation.Tokens, generation.Request.Body.Length, generation.IsCanary)
    {
        Heard = generation.HeardAt is { } at ? Since(at) : null,
    };

    /// <summary>
    /// Whether streams have gone on or counters have moved since the conviction. After a failed canary that acquits nobody: other answers
    /// may go on while some still fail.
    /// </summary>
    private bool Progressed()
    {
        lock (_lock)
            return _finding is { Cause: not ("canary" or "gone" or "gpu") }
                && (_generations.Progress > _seen.Progress || _history.Motions > _seen.Motions);
    }

    private TimeSpan Since(long at) => _time.GetElapsedTime(Math.Max(at, _from));

    [LoggerMessage(Level = LogLevel.Error, Message = "The engine does not generate: {Reason}")]
    private static partial void Found(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The engine generates again: {Reason}")]
    private static partial void Recovered(ILogger logger, string reason);
}
