using System.Runtime.InteropServices;
using System.Text;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>
/// NVIDIA's management library as the driver brings it. Names, layouts and numbers are those of <c>nvml.h</c>, API version 13
/// (NVIDIA/go-nvml@2f9e261 <c>pkg/nvml/nvml.h</c>); a function that an older driver does not have is simply not there. It is never closed:
/// a call may hang in it, and the end of the process gives back everything.
/// </summary>
internal sealed unsafe class NvmlLibrary
{
    /// <summary><c>NVML_DEVICE_NAME_V2_BUFFER_SIZE</c> and <c>NVML_DEVICE_UUID_V2_BUFFER_SIZE</c>.</summary>
    private const int TextLength = 96;

    private readonly nint _handle;

    private NvmlLibrary(nint handle) => _handle = handle;

    /// <summary>Opens and initialises it; null when there is none that works, and then <paramref name="absence"/> says why.</summary>
    public static NvmlLibrary? Open(string name, out string absence)
    {
        absence = "";
        if (!NativeLibrary.TryLoad(name, out var handle))
        {
            absence = $"no GPU: {name} is not there";
            return null;
        }
        var library = new NvmlLibrary(handle);
        var init = (delegate* unmanaged[Cdecl]<NvmlResult>)library.Function("nvmlInit_v2", "nvmlInit");
        var result = init is null ? NvmlResult.FunctionNotFound : init();
        if (result == NvmlResult.Success)
            return library;
        absence = $"no GPU: {name} cannot be used: {Words(result)}";
        return null;
    }

    /// <summary>The first of these functions that it has; zero when it has none.</summary>
    public nint Function(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryGetExport(_handle, name, out var function))
                return function;
        }
        return 0;
    }

    /// <summary>Every device that the driver shows to this process, in its order, which is that of <c>nvidia-smi</c>.</summary>
    public IReadOnlyList<GpuDevice> Devices()
    {
        var count = (delegate* unmanaged[Cdecl]<uint*, NvmlResult>)Function("nvmlDeviceGetCount_v2", "nvmlDeviceGetCount");
        var get = (delegate* unmanaged[Cdecl]<uint, nint*, NvmlResult>)Function(
            "nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex");
        uint n = 0;
        var devices = new List<GpuDevice>();
        if (count is null || get is null || count(&n) != NvmlResult.Success)
            return devices;
        for (uint i = 0; i < n; i++)
        {
            nint device = 0;
            if (get(i, &device) != NvmlResult.Success)
                continue; // it fell off the bus, or this user may not open it
            var (uuid, name) = (Text("nvmlDeviceGetUUID", device) ?? $"gpu-{i}", Text("nvmlDeviceGetName", device) ?? "GPU");
            devices.Add(new GpuDevice((int)i, device, uuid, name));
        }
        return devices;
    }

    /// <summary>A result in words.</summary>
    public static string Words(NvmlResult result) => result switch
    {
        NvmlResult.NotSupported => "not supported",
        NvmlResult.NoPermission => "no permission to talk to the driver",
        NvmlResult.DriverNotLoaded => "the driver is not loaded",
        NvmlResult.FunctionNotFound => "it has none of the functions that are needed",
        NvmlResult.GpuIsLost => "the GPU is lost",
        NvmlResult.ResetRequired => "the GPU must be reset",
        NvmlResult.VersionMismatch => "library and driver are of different versions",
        _ => $"NVML error {(int)result}",
    };

    private string? Text(string function, nint device)
    {
        var read = (delegate* unmanaged[Cdecl]<nint, byte*, uint, NvmlResult>)Function(function);
        var buffer = stackalloc byte[TextLength];
        if (read is null || read(device, buffer, TextLength) != NvmlResult.Success)
            return null;
        var text = new ReadOnlySpan<byte>(buffer, TextLength);
        return Encoding.UTF8.GetString(text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text);
    }
}
