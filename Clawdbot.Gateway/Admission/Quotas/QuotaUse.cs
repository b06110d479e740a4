using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>A request under way of a tenant with limits; its use is charged when it is disposed of.</summary>
internal sealed class QuotaUse(TenantQuotas quotas, TenantUse use, Quota quota, long estimate, TimeProvider time) : IDisposable
{
    private readonly long _since = time.GetTimestamp();
    private int _used;
    private int _ended;

    /// <summary>Sets the tokens used, in place of the estimate. A request that is not answered costs nothing.</summary>
    public void Used(int promptTokens, int completionTokens)
    {
        _used = promptTokens + completionTokens;
        if (completionTokens > 0)
            use.Averages.Answered(completionTokens);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
            quotas.Leave(use, quota, time.GetElapsedTime(_since), quota.TokensPerMinute == 0 ? 0 : _used - estimate);
    }
}
