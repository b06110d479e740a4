using System.Collections.Concurrent;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>One GPU and what it has reported since the shim began to watch it. Thread-safe.</summary>
internal sealed class GpuDevice(int index, nint handle, string uuid, string name)
{
    private readonly ConcurrentDictionary<int, long> _counts = new();
    private volatile Xid? _last;
    private volatile string? _fault;

    /// <summary>Its index in the driver's order.</summary>
    public int Index => index;

    /// <summary>The driver's handle.</summary>
    public nint Handle => handle;

    /// <summary>Its UUID, such as <c>GPU-8a5f...</c>.</summary>
    public string Uuid => uuid;

    /// <summary>Model, such as <c>NVIDIA H100 80GB HBM3</c>.</summary>
    public string Name => name;

    /// <summary>The XID it reported last; null for none.</summary>
    public Xid? LastXid => _last;

    /// <summary>How often it reported each XID.</summary>
    public IReadOnlyDictionary<int, long> Xids => _counts;

    /// <summary>
    /// What is broken until somebody resets the GPU; null for nothing. It is never cleared, because a GPU in use cannot be reset: only a
    /// shim started later sees it whole again.
    /// </summary>
    public string? Fault => _fault;

    /// <summary>Takes note of an XID.</summary>
    public void Report(Xid xid)
    {
        _last = xid;
        _counts.AddOrUpdate(xid.Number, 1, (_, count) => count + 1);
        if (xid.Remedy >= GpuRemedy.ResetGpu)
            _fault = xid.Words;
    }

    /// <summary>Takes note of a device that no longer answers; false when that was known.</summary>
    public bool Lose(string words)
    {
        if (_fault is not null)
            return false;
        _fault = words;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"GPU {Index} ({Name}, {Uuid})";
}
