namespace Clawdbot.Gateway.Admission;

/// <summary>A place, held until disposed of: to the last byte of the answer.</summary>
internal sealed class Lease(AdmissionQueue queue, Tenant tenant, long since) : IDisposable
{
    private int _returned;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
            queue.Return(tenant, since);
    }
}
