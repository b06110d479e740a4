using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// How many retries and hedged requests may be made: a share of the traffic, and a small number that a quiet gateway has too. Without this
/// limit a fleet that fails under its load would get that load several times over. Thread-safe.
/// </summary>
internal sealed class RetryBudget
{
    /// <summary>Time constant with which the budget returns to its floor.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    /// <summary>The shortest time after which the budget is computed anew.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    /// <summary>Tolerance for rounding: shares do not add up to exactly 1.</summary>
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
        metrics.ObserveRetryBudget(() => Left);
    }

    /// <summary>Number of retries that may be made now.</summary>
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

    /// <summary>Adds the share of a request that came.</summary>
    public void RequestCame()
    {
        lock (_lock)
        {
            Drift();
            _left += _share;
        }
    }

    /// <summary>Takes one retry out of the budget; false when there is none left.</summary>
    /// <param name="isHedge">Whether it is for a hedge; half of the floor is kept for requests that failed.</param>
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

    /// <summary>Moves the budget towards its floor, from above or from below.</summary>
    private void Drift()
    {
        var elapsed = _time.GetElapsedTime(_at);
        if (elapsed < Step)
            return;
        _at = _time.GetTimestamp();
        _left = _floor + (_left - _floor) * Math.Exp(-elapsed / Memory);
    }
}
