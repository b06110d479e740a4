using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>Where one tenant stands: what it holds, what of it waits. Not thread-safe.</summary>
internal sealed class Tenant
{
    private readonly LinkedList<QueuedRequest>[] _queues = [.. Enum.GetValues<Priority>().Select(_ => new LinkedList<QueuedRequest>())];

    /// <summary>See <see cref="Allowance.Share"/>; as its last request said.</summary>
    public int Share { get; set; } = 1;

    /// <summary>Places that it holds.</summary>
    public int Held { get; set; }

    /// <summary>When its last request came.</summary>
    public long SeenAt { get; set; }

    /// <summary>Seconds of places that it has used, per share: among those who hold the same, who has used least goes next.</summary>
    public double Used { get; set; }

    /// <summary>Requests of it that wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Whether it has anything here.</summary>
    public bool IsHere => Held + Waiting > 0;

    /// <summary>Places per share.</summary>
    public double Load => (double)Held / Share;

    /// <summary>Places held and wanted, per share.</summary>
    public double Claims => (double)(Held + Waiting) / Share;

    /// <summary>Those of it that wait in a class, oldest first.</summary>
    public LinkedList<QueuedRequest> Of(Priority priority) => _queues[(int)priority];

    /// <summary>The last in its queue; one that goes first is behind those that do so too and came before it.</summary>
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

    /// <summary>Takes one out that waits.</summary>
    public void Remove(QueuedRequest queued)
    {
        Of(queued.Priority).Remove(queued.Node);
        Waiting--;
    }
}
