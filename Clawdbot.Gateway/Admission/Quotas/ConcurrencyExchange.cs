using Clawdbot.Gateway.SharedStore;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>
/// Exchanges with the other gateways once a second how many requests of each limited tenant are under way. The count of a gateway that died
/// expires after two seconds, so that none has to be taken back.
/// </summary>
internal sealed class ConcurrencyExchange(TenantQuotas quotas, ISharedStore store, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>The count that this gateway sent last for each tenant, with its window.</summary>
    private readonly Dictionary<string, (long Window, int Held)> _said = [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // A little after the turn of the second, so that all gateways add to the same window, and each of them once.
            var toNextSecond = Second - TimeSpan.FromTicks(time.GetUtcNow().UtcTicks % Second.Ticks);
            await Task.Delay(toNextSecond + TimeSpan.FromMilliseconds(50), time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ExchangeAsync();
        }
    }

    /// <summary>Sends and reads the counts once.</summary>
    public async Task ExchangeAsync()
    {
        foreach (var (tenant, use) in quotas.Uses)
        {
            if (!store.IsShared)
            {
                use.Elsewhere = 0;
                continue;
            }
            var window = WindowCount.At(time.GetUtcNow().UtcTicks, Second).Window;
            var before = _said.GetValueOrDefault(tenant);
            if (before.Window == window)
                continue;
            var held = use.Held;
            var all = await store.AddAsync($"concurrent:{tenant}", held, Second);
            _said[tenant] = (window, held);
            use.Elsewhere = (int)Math.Max(0, all.Previous - (before.Window == window - 1 ? before.Held : 0));
        }
    }
}
