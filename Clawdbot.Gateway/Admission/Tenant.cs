using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>The places that one tenant holds and its requests that wait. Not thread-safe.</summary>
internal sealed class Tenant
{
    private readonly LinkedList<QueuedRequest>[] _queues = [.. Enum.GetValues<Priority>().Select(_ => new LinkedList<QueuedRequest>())];

    /// <summary>The <see cref="Allowance.Share"/> of its last request.</summary>
    public int Share { get; set; } = 1;

    /// <summary>Number of places that it holds.</summary>
    public int Held { get; set; }

    /// <summary>Timestamp of its last request.</summary>
    public long SeenAt { get; set; }

    /// <summary>Seconds for which it used places, per share; of tenants with equal load the one with the least use goes next.</summary>
    public double Used { get; set; }

    /// <summary>Number of its requests that wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Whether it holds a place or has a request that waits.</summary>
    public bool IsHere => Held + Waiting > 0;

    /// <summary>Places held, per share.</summary>
    public double Load => (double)Held / Share;

    /// <summary>Places held and requests that wait, per share.</summary>
    public double Claims => (double)(Held + Waiting) / Share;

    /// <summary>Its requests that wait in a class, oldest first.</summary>
    public LinkedList<QueuedRequest> Of(Priority priority) => _queues[(int)priority];

    /// <summary>Adds a request at the end of its queue, or behind the other requests that go first when it does.</summary>
    public void Add(QueuedRequest queued)
    {
        var (queue, before) = (Of(queued.Priority), Of(queued.Priority).First);
        while (queued.GoesFirst && before is { Value.GoesFirst: true })
            before = before.Next;
        if (queued.GoesFirst && before is not null)
            queue.AddBefore(before, queued.Node);
        else
            queue.AddLast(queued.Node);
        Waiting++;
    }

    /// <summary>Removes a request that waits.</summary>
    public void Remove(QueuedRequest queued)
    {
        Of(queued.Priority).Remove(queued.Node);
        Waiting--;
    }
}
