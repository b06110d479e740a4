namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Waits for XIDs on a thread of its own: the driver's wait blocks, and must be heard however busy the pool is.</summary>
internal sealed unsafe class XidWatch(NvmlLibrary library, IReadOnlyList<GpuDevice> devices, Action<GpuDevice, Xid> seen)
{
    /// <summary>Longest single wait, in milliseconds; a stop can take as long.</summary>
    private const uint Patience = 500;

    private readonly delegate* unmanaged[Cdecl]<nint, NvmlEvent*, uint, NvmlResult> _wait =
        (delegate* unmanaged[Cdecl]<nint, NvmlEvent*, uint, NvmlResult>)library.Function("nvmlEventSetWait_v2", "nvmlEventSetWait");
    private Thread? _thread;
    private volatile bool _stopping;
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts the thread, also again when it has ended; false where this driver or these cards report no XIDs.</summary>
    public bool Run()
    {
        if (_thread is { IsAlive: true })
            return true;
        var set = Register();
        if (set == 0)
            return false;
        _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _thread = new Thread(() => Watch(set)) { IsBackground = true, Name = "xid-watch" };
        _thread.Start();
        return true;
    }

    /// <summary>Stops it; completes when the driver is no longer waited for.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        return _thread is null ? Task.CompletedTask : _ended.Task;
    }

    private nint Register()
    {
        var create = (delegate* unmanaged[Cdecl]<nint*, NvmlResult>)library.Function("nvmlEventSetCreate");
        var register = (delegate* unmanaged[Cdecl]<nint, ulong, nint, NvmlResult>)library.Function("nvmlDeviceRegisterEvents");
        nint set = 0;
        if (_wait is null || create is null || register is null || create(&set) != NvmlResult.Success)
            return 0;
        var some = false;
        foreach (var device in devices)
            some |= register(device.Handle, NvmlEvent.Xid, set) == NvmlResult.Success;
        if (some)
            return set;
        Free(set);
        return 0;
    }

    private void Watch(nint set)
    {
        while (!_stopping)
        {
            NvmlEvent happened;
            var result = _wait(set, &happened, Patience);
            if (result == NvmlResult.Success)
                Tell(happened);
            else if (result != NvmlResult.Timeout)
                break; // a lost GPU, most likely: the next reading says which, and starts this anew
        }
        Free(set);
        _ended.SetResult();
    }

    private void Tell(NvmlEvent happened)
    {
        if ((happened.Type & NvmlEvent.Xid) != 0 && devices.FirstOrDefault(d => d.Handle == happened.Device) is { } device)
            seen(device, Xid.Of(happened.Data));
    }

    private void Free(nint set)
    {
        var free = (delegate* unmanaged[Cdecl]<nint, NvmlResult>)library.Function("nvmlEventSetFree");
        if (free is not null)
            _ = free(set);
    }
}
