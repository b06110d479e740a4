namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>How long and how large a tenant's latest answers were on this gateway: about the last ten count. Thread-safe.</summary>
internal sealed class AnswerAverages
{
    /// <summary>Weight of the past.</summary>
    private const double Memory = 0.9;

    private readonly Lock _lock = new();
    private double _completion = 128;
    private double _seconds = 2;

    /// <summary>Average number of tokens of an answer.</summary>
    public int Completion
    {
        get
        {
            lock (_lock)
                return (int)_completion;
        }
    }

    /// <summary>Estimated seconds until one of <paramref name="limit"/> requests ends, 1 to 300.</summary>
    public int SecondsToPlace(int limit)
    {
        lock (_lock)
            return (int)Math.Clamp(Math.Ceiling(_seconds / limit), 1, 300);
    }

    /// <summary>Notes how long a request took.</summary>
    public void Took(TimeSpan time)
    {
        lock (_lock)
            _seconds = Memory * _seconds + (1 - Memory) * time.TotalSeconds;
    }

    /// <summary>Notes the number of tokens of an answer.</summary>
    public void Answered(int tokens)
    {
        lock (_lock)
            _completion = Memory * _completion + (1 - Memory) * tokens;
    }
}
