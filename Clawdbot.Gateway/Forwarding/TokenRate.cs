namespace Clawdbot.Gateway.Forwarding;

/// <summary>How fast the tokens of an answer came, over all its attempts; the waits for first tokens are not in it.</summary>
internal sealed class TokenRate
{
    private long? _last;
    private long _time;
    private long _steps;

    /// <summary>An attempt begins.</summary>
    public void Begin() => _last = null;

    /// <summary>A token came.</summary>
    public void Token(long timestamp)
    {
        if (_last is { } last)
        {
            _time += timestamp - last;
            _steps++;
        }
        _last = timestamp;
    }

    /// <summary>What so many tokens take; nothing when too few have come to know.</summary>
    public TimeSpan Of(int tokens, TimeProvider time) =>
        _steps == 0 ? TimeSpan.Zero : time.GetElapsedTime(0, (long)((double)_time / _steps * tokens));
}
