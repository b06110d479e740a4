using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Embedded;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>Looks at the engine ten times a second, has what is seen judged, and says so to the watch.</summary>
internal sealed partial class LivenessMonitor : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PingPause = TimeSpan.FromSeconds(1);

    /// <summary>Later than this, this process stood still: nobody could have been heard meanwhile.</summary>
    private static readonly TimeSpan StoodStill = TimeSpan.FromSeconds(1);

    /// <summary>Some engines count every second or so.</summary>
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
    private bool _isProven;
    private Finding? _finding;
    private (long Progress, long Motions) _seen;

    public LivenessMonitor(
        EngineObservations observed, EngineWatch watch, ShimMetrics metrics, IOptions<LivenessOptions> options, TimeProvider time,
        ILogger<LivenessMonitor> log)
    {
        (_engine, _reading, _generations, _reachability, _pictures) = observed;
        (_watch, _metrics, _time, _log) = (watch, metrics, time, log);
        (_judge, _history, _from) = (new LivenessJudge(options.Value), new LoadHistory(time), time.GetTimestamp());
        IsOn = _engine is not EmbeddedEngine;
        if (IsOn)
            watch.Unproven("the engine has not answered yet.");
    }

    /// <summary>Whether there is anything to watch: the embedded engine can't lie.</summary>
    public bool IsOn { get; }

    /// <summary>Whether the engine tells what it does: silence is soon explained or soon a hang then.</summary>
    public bool HasNumbers => _engine.Capabilities.Load;

    /// <summary>How often its process was started, or was found gone, by the word of its parent.</summary>
    public int Starts => _watch.Starts;

    /// <summary>Nothing is held against it, and its process runs.</summary>
    public bool IsServing
    {
        get
        {
            lock (_lock)
                return _isProven && _finding is null && _watch.IsUp;
        }
    }

    /// <summary>It runs, and was found not to generate.</summary>
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

    /// <summary>It was found not to generate.</summary>
    public void Convict(Finding finding)
    {
        lock (_lock)
        {
            if (!_isProven || _finding is not null || !_watch.IsUp)
                return;
            _finding = finding = _reachability.IsRefused ? LivenessJudge.Gone : finding; // a canary may have met that first
            _seen = (_generations.Progress, _history.Motions);
        }
        _metrics.Convicted(finding.Cause);
        Found(_log, finding.Words);
        _watch.Convict(finding.Words, finding.Cause is "gone" or "gpu");
    }

    /// <summary>It was seen to generate.</summary>
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

    /// <summary>Where its numbers don't show that it is there, it is asked for nothing but that.</summary>
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

    /// <summary>What was known is of another process, or of a time in which this one stood still.</summary>
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
        if (sample.Fault is { } fault && sample.At >= _from)
            _reachability.Failed(fault); // one from before it was up says nothing against it
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
        if (isNamed && (_reachability.Ever || _starts > 0)) // a parent has asked it, before it said that it serves
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
        IsCold = _generations.Progress == _progressBefore,
        Waiting = [.. _generations.InFlight.Where(g => g.WaitingSince is not null).Select(AsWaiting)],
        InFlight = _generations.InFlight.Count,
        Abandoned = _generations.LastAbandonedAt is var at && at == long.MinValue ? TimeSpan.MaxValue : _time.GetElapsedTime(at),
        CanaryLatency = _generations.CanaryLatency.Slowest,
        Load = _history.Last,
        LoadAge = _history.Age,
        Still = _history.Still,
        Empty = _history.Empty,
    };

    private WaitingGeneration AsWaiting(GenerationInFlight generation) => new(
        Since(generation.WaitingSince ?? _time.GetTimestamp()), generation.Tokens, generation.Request.Body.Length, generation.IsCanary);

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
