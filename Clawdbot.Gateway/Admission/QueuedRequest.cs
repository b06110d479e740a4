using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>A request that waits for a place. Completed with what became of it.</summary>
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

    /// <summary>It had a place, and the replicas that it was sent to were full.</summary>
    public bool IsRequeued { get; init; }

    /// <summary>It goes before those of its tenant and class that have had no place yet.</summary>
    public bool GoesFirst { get; init; }

    /// <summary>Whether it waits still.</summary>
    public bool IsWaiting => Node.List is not null;

    /// <summary>When it was let in.</summary>
    public long AdmittedAt { get; set; }
}
