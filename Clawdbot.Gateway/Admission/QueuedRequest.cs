using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>A request that waits for a place, completed with its outcome.</summary>
internal sealed class QueuedRequest : TaskCompletionSource<AdmissionOutcome>
{
    public QueuedRequest(Tenant tenant, Priority priority) : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        (Tenant, Priority) = (tenant, priority);
        Node = new LinkedListNode<QueuedRequest>(this);
    }

    public Tenant Tenant { get; }

    public Priority Priority { get; }

    /// <summary>Its place in the tenant's queue.</summary>
    public LinkedListNode<QueuedRequest> Node { get; }

    /// <summary>Whether it had a place before and met only full replicas.</summary>
    public bool IsRequeued { get; init; }

    /// <summary>Whether it goes before requests of its tenant and class that had no place yet.</summary>
    public bool GoesFirst { get; init; }

    /// <summary>Whether it still waits.</summary>
    public bool IsWaiting => Node.List is not null;

    /// <summary>Timestamp at which it was admitted.</summary>
    public long AdmittedAt { get; set; }
}
