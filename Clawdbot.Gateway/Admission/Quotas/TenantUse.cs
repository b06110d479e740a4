namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>What this gateway knows of one tenant with limits. Thread-safe.</summary>
internal sealed class TenantUse
{
    /// <summary>How much of the last answers counts: about the last ten.</summary>
    private const double Memory = 0.9;

    private readonly Lock _lock = new();
    private double _completion = 128;
    private double _seconds = 2;
    private int _held;

    /// <summary>Requests under way here.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>Requests under way on other gateways, as of a second ago.</summary>
    public int Elsewhere { get; set; }

    /// <summary>Tokens that an answer takes lately.</summary>
    public int Completion
    {
        get
        {
            lock (_lock)
                return (int)_completion;
        }
    }

    /// <summary>Seconds until one of <paramref name="limit"/> requests ends, about.</summary>
    public int SecondsToPlace(int limit)
    {
        lock (_lock)
            return (int)Math.Clamp(Math.Ceiling(_seconds / limit), 1, 300);
    }

    /// <summary>One more, if there is room.</summary>
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

    /// <summary>One was turned away by another limit: as if it had not been.</summary>
    public void Undo()
    {
        lock (_lock)
            _held--;
    }

    /// <summary>One ended.</summary>
    public void Left(TimeSpan took)
    {
        lock (_lock)
        {
            _held--;
            _seconds = Memory * _seconds + (1 - Memory) * took.TotalSeconds;
        }
    }

    /// <summary>One was answered with so many tokens.</summary>
    public void Answered(int tokens)
    {
        lock (_lock)
            _completion = Memory * _completion + (1 - Memory) * tokens;
    }
}
