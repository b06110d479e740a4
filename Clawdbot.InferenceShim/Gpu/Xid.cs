namespace Clawdbot.InferenceShim.Gpu;

/// <summary>What helps after an XID, from mild to grave.</summary>
internal enum GpuRemedy
{
    /// <summary>The engine goes on; somebody may want to know.</summary>
    None,

    /// <summary>What ran on the GPU is lost; a new engine works.</summary>
    RestartEngine,

    /// <summary>A new engine would not work, or not reliably, before the GPU is reset.</summary>
    ResetGpu,

    /// <summary>Nothing from inside this host helps.</summary>
    Host,
}

/// <summary>
/// An error that the driver reports of a GPU. Meanings after NVIDIA's list (docs.nvidia.com/deploy/xid-errors, "Analyzing Xid errors with
/// the Xid catalog") and nverror.h; one that is not here is reported, and convicts nobody.
/// </summary>
/// <param name="Number">NVIDIA's number.</param>
/// <param name="What">What happened.</param>
/// <param name="Remedy">What helps.</param>
internal sealed record Xid(int Number, string What, GpuRemedy Remedy)
{
    private static readonly Dictionary<int, Xid> Known = new Xid[]
    {
        new(13, "an exception in a kernel", GpuRemedy.RestartEngine),
        new(31, "a memory page fault", GpuRemedy.RestartEngine),
        new(32, "a corrupted command stream", GpuRemedy.RestartEngine),
        new(43, "it stopped processing for a process", GpuRemedy.RestartEngine),
        // The driver also reports it when a process is killed: convicting for it would end each new engine for the death of the last.
        new(45, "the work of a process was cleaned up after another error or its end", GpuRemedy.None),
        new(46, "it stopped processing", GpuRemedy.ResetGpu),
        new(48, "an uncorrectable memory error", GpuRemedy.ResetGpu),
        new(61, "an internal microcontroller broke", GpuRemedy.ResetGpu),
        new(62, "an internal microcontroller halted", GpuRemedy.ResetGpu),
        new(63, "a bad memory row is to be remapped at the next reset", GpuRemedy.None),
        new(64, "a bad memory row could not be remapped", GpuRemedy.ResetGpu),
        new(69, "an exception in the graphics engine", GpuRemedy.RestartEngine),
        new(74, "an NVLink error", GpuRemedy.ResetGpu),
        new(79, "it has fallen off the bus", GpuRemedy.Host),
        new(92, "many correctable memory errors", GpuRemedy.None),
        new(94, "a contained memory error", GpuRemedy.RestartEngine),
        new(95, "an uncontained memory error", GpuRemedy.ResetGpu),
        new(109, "a timeout of a context switch", GpuRemedy.RestartEngine),
        new(110, "a security fault", GpuRemedy.ResetGpu),
        new(119, "its system processor does not answer", GpuRemedy.ResetGpu),
        new(120, "its system processor failed", GpuRemedy.ResetGpu),
        new(140, "an unrecovered memory error", GpuRemedy.ResetGpu),
    }.ToDictionary(x => x.Number);

    /// <summary>Number, meaning and remedy, as an operator reads them.</summary>
    public string Words => Remedy switch
    {
        GpuRemedy.RestartEngine => $"XID {Number}: {What}; the engine must be restarted",
        GpuRemedy.ResetGpu => $"XID {Number}: {What}; the GPU must be reset",
        GpuRemedy.Host => $"XID {Number}: {What}; the host needs attention",
        _ => $"XID {Number}: {What}",
    };

    /// <summary>The XID of this number.</summary>
    public static Xid Of(ulong number) =>
        number <= int.MaxValue && Known.TryGetValue((int)number, out var known)
            ? known
            : new((int)Math.Min(number, int.MaxValue), "see NVIDIA's list of XID errors", GpuRemedy.None);
}
