using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// How many retries and hedged requests may be made: a share of the traffic, and a small number that a quiet gateway has too. Without this
/// limit a fleet that fails under its load would get that load several times over. Thread-safe.
/// </summary>
internal sealed class RetryBudget
{
    /// <summary>What was not spent is forgotten, and what was overspent forgiven, at this pace.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    /// <summary>Closer together than this the passing of time makes no difference.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    /// <summary>Shares don't add up to a whole one exactly.</summary>
    private const double Trifle = 1e-6;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly double _share;
    private readonly double _floor;
    private double _left;
    private long _at;

    public RetryBudget(IOptions<FailoverOptions> options, GatewayMetrics metrics, TimeProvider time)
    {
        (_time, _share, _floor) = (time, options.Value.RetryBudgetPercent / 100.0, options.Value.RetryBudgetFloor);
        (_left, _at) = (_floor, time.GetTimestamp());
        metrics.RetriesBudgeted(() => Left);
    }

    /// <summary>Retries that may be made at once.</summary>
    public double Left
    {
        get
        {
            lock (_lock)
            {
                Drift();
                return _left;
            }
        }
    }

    /// <summary>Whether it pays for one more retry.</summary>
    public bool CanSpend => Left >= 1 - Trifle;

    /// <summary>A request came: its share is added.</summary>
    public void RequestCame()
    {
        lock (_lock)
        {
            Drift();
            _left += _share;
        }
    }

    /// <summary>Takes one retry out of it; false when there is none left.</summary>
    /// <param name="isHedge">Half of the floor is for what failed: it needs a retry more than something slow needs company.</param>
    public bool TrySpend(bool isHedge = false)
    {
        lock (_lock)
        {
            Drift();
            if (_left < 1 + (isHedge ? _floor / 2 : 0) - Trifle)
                return false;
            _left--;
            return true;
        }
    }

    /// <summary>Back to the floor, from above and from below.</summary>
    private void Drift()
    {
        var elapsed = _time.GetElapsedTime(_at);
        if (elapsed < Step)
            return;
        _at = _time.GetTimestamp();
        _left = _floor + (_left - _floor) * Math.Exp(-elapsed / Memory);
    }
}
