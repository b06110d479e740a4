namespace Clawdbot.Gateway.Admission;

/// <summary>A place in the fleet, held until it is disposed of after the last byte of the answer.</summary>
internal sealed class Lease(AdmissionQueue queue, Tenant tenant, long since) : IDisposable
{
    private int _returned;

    /// <summary>The tenant that holds it.</summary>
    public Tenant Tenant => tenant;

    /// <summary>Timestamp at which the place was taken.</summary>
    public long Since => since;

    /// <summary>Takes the place from its holder, so that disposing of the lease does nothing; false when it was returned already.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _returned, 1) == 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
            queue.Return(tenant, since);
    }
}
