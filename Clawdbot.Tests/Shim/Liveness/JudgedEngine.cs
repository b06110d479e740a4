using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Liveness;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>
/// An engine as the liveness monitor sees it, in virtual time: a test says what its numbers are and what its streams do, and when it is
/// found out.
/// </summary>
internal sealed class JudgedEngine
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimeProvider _time = new();
    private readonly LivenessOptions _options = new();
    private readonly LivenessJudge _judge;
    private readonly LoadHistory _history;
    private readonly List<Stream> _streams = [];
    private long _progressAt;
    private long _answeredAt;
    private long? _askedAt;

    public JudgedEngine() =>
        (_judge, _history, _progressAt, _answeredAt) = (new LivenessJudge(_options), new LoadHistory(_time), _time.GetTimestamp(),
            _time.GetTimestamp());

    /// <summary>Its numbers at a time since the start; null: it does not tell them just now.</summary>
    public Func<TimeSpan, EngineLoad?> Numbers { get; set; } = _ => new EngineLoad(0, 0, 0, null, 100) { PromptTokens = 100 };

    /// <summary>Whether it answers anything else.</summary>
    public Func<TimeSpan, bool> Answers { get; set; } = _ => true;

    /// <summary>Whether it tells numbers at all.</summary>
    public bool HasNumbers { get; set; } = true;

    /// <summary>Whether nothing has ever come from it.</summary>
    public bool IsCold { get; set; }

    /// <summary>Whether nobody else uses it.</summary>
    public bool IsAlone
    {
        set => _options.Alone = value;
    }

    /// <summary>How long canaries took before.</summary>
    public TimeSpan? CanaryLatency { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>When a client left its answer, as time since the start.</summary>
    public TimeSpan? AbandonedAt { get; set; }

    /// <summary>Time since the start.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>A request is sent.</summary>
    /// <param name="tokenEvery">How often a token comes; null: never.</param>
    /// <param name="tokens">Tokens that came before.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="isCanary">The shim's own.</param>
    public Stream Send(TimeSpan? tokenEvery = null, int tokens = 0, long bytes = 0, bool isCanary = false)
    {
        var stream = new Stream { Since = _time.GetTimestamp(), Every = tokenEvery, Tokens = tokens, Bytes = bytes, IsCanary = isCanary };
        _streams.Add(stream);
        _askedAt ??= _time.GetTimestamp();
        return stream;
    }

    /// <summary>Whoever sent it leaves.</summary>
    public void GiveUp(Stream stream) => _streams.Remove(stream);

    /// <summary>Lets time pass. What it is found guilty of, or null.</summary>
    public Finding? Pass(double seconds)
    {
        for (var end = Now + TimeSpan.FromSeconds(seconds); Now < end;)
        {
            _time.Advance(Tick);
            Now += Tick;
            Live();
            if (_judge.Look(Evidence()) is { } finding)
                return finding;
        }
        return null;
    }

    private void Live()
    {
        if (Answers(Now))
            _answeredAt = _time.GetTimestamp();
        if (Now.Ticks % TimeSpan.FromMilliseconds(500).Ticks == 0 && HasNumbers && Numbers(Now) is { } load)
        {
            _history.Take(load, _time.GetTimestamp());
            _answeredAt = _time.GetTimestamp();
        }
        foreach (var stream in _streams.Where(s => !s.IsReaderSlow && s.Every is { } every && _time.GetElapsedTime(s.Since) >= every))
        {
            (stream.Since, stream.Tokens) = (_time.GetTimestamp(), stream.Tokens + 1);
            _progressAt = _answeredAt = _time.GetTimestamp();
        }
    }

    private Evidence Evidence() => new()
    {
        Unanswered = _time.GetElapsedTime(_answeredAt),
        Silent = _time.GetElapsedTime(_progressAt),
        Waiting =
            [.. _streams.Where(s => !s.IsReaderSlow)
                .Select(s => new WaitingGeneration(_time.GetElapsedTime(s.Since), s.Tokens, s.Bytes, s.IsCanary))],
        InFlight = _streams.Count,
        Asked = _askedAt is { } asked ? _time.GetElapsedTime(asked) : null,
        IsCold = IsCold,
        CanaryLatency = CanaryLatency,
        Abandoned = AbandonedAt is { } at ? Now - at : TimeSpan.MaxValue,
        Load = _history.Last,
        LoadAge = _history.Age,
        Still = _history.Still,
        Empty = _history.Empty,
    };

    /// <summary>One request and what comes of it.</summary>
    internal sealed class Stream
    {
        public long Since { get; set; }

        public TimeSpan? Every { get; init; }

        public int Tokens { get; set; }

        public long Bytes { get; init; }

        public bool IsCanary { get; init; }

        /// <summary>It is the client that is waited for.</summary>
        public bool IsReaderSlow { get; set; }
    }
}
