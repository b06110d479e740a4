namespace Clawdbot.Gateway.Forwarding;

/// <summary>How fast the tokens of an answer came, over all its attempts, without the waits for first tokens.</summary>
internal sealed class TokenRate
{
    private long? _last;
    private long _time;
    private long _steps;

    /// <summary>Called when an attempt begins.</summary>
    public void Begin() => _last = null;

    /// <summary>Called with the time of each token.</summary>
    public void Token(long timestamp)
    {
        if (_last is { } last)
        {
            _time += timestamp - last;
            _steps++;
        }
        _last = timestamp;
    }

    /// <summary>The time that so many tokens take; zero when too few have come to tell.</summary>
    public TimeSpan Of(int tokens, TimeProvider time) =>
        _steps == 0 ? TimeSpan.Zero : time.GetElapsedTime(0, (long)((double)_time / _steps * tokens));
}
