using System.Runtime.InteropServices;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>What NVML's functions return (<c>nvmlReturn_t</c>), as far as the shim uses it.</summary>
internal enum NvmlResult
{
    Success = 0,
    NotSupported = 3,
    NoPermission = 4,
    DriverNotLoaded = 9,
    Timeout = 10,
    FunctionNotFound = 13,
    GpuIsLost = 15,
    ResetRequired = 16,
    VersionMismatch = 18,
}

/// <summary><c>nvmlMemory_t</c>: memory in bytes. 24 bytes long.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlMemory
{
    public ulong Total;
    public ulong Free;
    public ulong Used;
}

/// <summary><c>nvmlUtilization_t</c>: percent of the last sample period in which anything ran. 8 bytes long.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlUtilization
{
    public uint Gpu;
    public uint Memory;
}

/// <summary><c>nvmlEventData_t</c>: 32 bytes. The last two fields are for MIG; the first version of the wait does not fill them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlEvent
{
    /// <summary><c>nvmlEventTypeXidCriticalError</c>.</summary>
    public const ulong Xid = 8;

    public nint Device;
    public ulong Type;
    public ulong Data;
    public uint GpuInstance;
    public uint ComputeInstance;
}
