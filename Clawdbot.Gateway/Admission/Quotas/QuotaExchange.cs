using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>
/// Exchanges with two shims what this gateway uses of tenants' limits for the parts of them that it may use, while there are other
/// gateways, also while a shared store counts: it may fail. Repeats to the shared store how many requests are under way.
/// </summary>
internal sealed class QuotaExchange(QuotaReporter reporter, TenantQuotas quotas, OtherGateways others, ShimClient shims, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <summary>Shortest time between two exchanges, when this gateway's use changed.</summary>
    private static readonly TimeSpan Changed = TimeSpan.FromMilliseconds(150);

    /// <summary>The same when another gateway's use may have changed.</summary>
    private static readonly TimeSpan Used = TimeSpan.FromMilliseconds(300);

    /// <summary>The same when no limit is used, and between two repetitions to the shared store.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private MonotonicTime _exchanged = MonotonicTime.LongAgo;
    private MonotonicTime _repeated = MonotonicTime.LongAgo;
    private bool _hasChanged;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            RepeatHeld();
            if (others.Sharing.Gateways > 1 && IsDue())
                await ExchangeAsync();
        }
    }

    private bool IsDue()
    {
        _hasChanged |= quotas.TakeChange();
        var passed = time.GetMonotonicTime() - _exchanged;
        return passed >= (_hasChanged ? Changed : reporter.IsUsed ? Used : Idle);
    }

    private async Task ExchangeAsync()
    {
        (_hasChanged, _exchanged) = (false, time.GetMonotonicTime());
        var report = reporter.Report();
        var answers = await Task.WhenAll(others.Shims.Select(shim => shims.QuotasAsync(shim, report)));
        reporter.Take([.. answers.OfType<QuotaParts>()]);
    }

    private void RepeatHeld()
    {
        var now = time.GetMonotonicTime();
        if (!quotas.Shared.IsShared || now - _repeated < Idle)
            return;
        _repeated = now;
        foreach (var use in quotas.Uses.Where(u => u.Held.Number > 0 && u.IsConcurrencyLimited))
            _ = quotas.Shared.HoldAsync(use).AsTask(); // not awaited: the store limits its own time
    }
}
