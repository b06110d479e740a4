namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>A request under way of a tenant with limits; its use is charged when it is disposed of.</summary>
internal sealed class QuotaUse(TenantUse use, Func<long, Task>? charge, int estimate, TimeProvider time) : IDisposable
{
    private readonly long _since = time.GetTimestamp();
    private int _used;
    private int _ended;

    /// <summary>Sets the tokens used, in place of the estimate. A request that is not answered costs nothing.</summary>
    public void Used(int promptTokens, int completionTokens)
    {
        _used = promptTokens + completionTokens;
        if (completionTokens > 0)
            use.Answered(completionTokens);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        use.Left(time.GetElapsedTime(_since));
        if (charge is not null && _used != estimate)
            _ = charge(_used - estimate); // not awaited: the store limits its own time
    }
}
