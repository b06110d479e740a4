namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>What this gateway has measured of one tenant with limits. Thread-safe.</summary>
internal sealed class TenantUse
{
    /// <summary>Weight of the past in the averages: about the last ten answers count.</summary>
    private const double Memory = 0.9;

    private readonly Lock _lock = new();
    private double _completion = 128;
    private double _seconds = 2;
    private int _held;

    /// <summary>Number of requests under way on this gateway.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>Number of requests under way on other gateways a second ago.</summary>
    public int Elsewhere { get; set; }

    /// <summary>Average number of tokens of the latest answers.</summary>
    public int Completion
    {
        get
        {
            lock (_lock)
                return (int)_completion;
        }
    }

    /// <summary>Estimated seconds until one of <paramref name="limit"/> requests ends.</summary>
    public int SecondsToPlace(int limit)
    {
        lock (_lock)
            return (int)Math.Clamp(Math.Ceiling(_seconds / limit), 1, 300);
    }

    /// <summary>Counts one more request, if the limit allows it; 0 is no limit.</summary>
    public bool TryEnter(int limit)
    {
        lock (_lock)
        {
            if (limit > 0 && _held + Elsewhere >= limit)
                return false;
            _held++;
            return true;
        }
    }

    /// <summary>Takes back a request that another limit refused.</summary>
    public void Undo()
    {
        lock (_lock)
            _held--;
    }

    /// <summary>Counts the end of a request that took so long.</summary>
    public void Left(TimeSpan took)
    {
        lock (_lock)
        {
            _held--;
            _seconds = Memory * _seconds + (1 - Memory) * took.TotalSeconds;
        }
    }

    /// <summary>Notes the number of tokens of an answer.</summary>
    public void Answered(int tokens)
    {
        lock (_lock)
            _completion = Memory * _completion + (1 - Memory) * tokens;
    }
}
