using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Reads one device. What a driver or a card does not know is null and no error.</summary>
internal sealed unsafe class NvmlReadings(NvmlLibrary library)
{
    private readonly delegate* unmanaged[Cdecl]<nint, NvmlMemory*, NvmlResult> _memory =
        (delegate* unmanaged[Cdecl]<nint, NvmlMemory*, NvmlResult>)library.Function("nvmlDeviceGetMemoryInfo");
    private readonly delegate* unmanaged[Cdecl]<nint, NvmlUtilization*, NvmlResult> _utilization =
        (delegate* unmanaged[Cdecl]<nint, NvmlUtilization*, NvmlResult>)library.Function("nvmlDeviceGetUtilizationRates");
    private readonly delegate* unmanaged[Cdecl]<nint, int, uint*, NvmlResult> _temperature =
        (delegate* unmanaged[Cdecl]<nint, int, uint*, NvmlResult>)library.Function("nvmlDeviceGetTemperature");
    private readonly delegate* unmanaged[Cdecl]<nint, uint*, NvmlResult> _power =
        (delegate* unmanaged[Cdecl]<nint, uint*, NvmlResult>)library.Function("nvmlDeviceGetPowerUsage");
    private readonly delegate* unmanaged[Cdecl]<nint, int, int, ulong*, NvmlResult> _ecc =
        (delegate* unmanaged[Cdecl]<nint, int, int, ulong*, NvmlResult>)library.Function("nvmlDeviceGetTotalEccErrors");
    private readonly delegate* unmanaged[Cdecl]<nint, uint*, uint*, uint*, uint*, NvmlResult> _rows =
        (delegate* unmanaged[Cdecl]<nint, uint*, uint*, uint*, uint*, NvmlResult>)library.Function("nvmlDeviceGetRemappedRows");
    private readonly delegate* unmanaged[Cdecl]<nint, ulong*, NvmlResult> _clocks =
        (delegate* unmanaged[Cdecl]<nint, ulong*, NvmlResult>)library.Function(
            "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons");

    /// <summary>Reads the device; <paramref name="result"/> shows whether it is lost.</summary>
    public GpuStatus Read(GpuDevice device, out NvmlResult result)
    {
        var memory = default(NvmlMemory);
        result = _memory is null ? NvmlResult.FunctionNotFound : _memory(device.Handle, &memory);
        var rows = Rows(device.Handle);
        return new GpuStatus
        {
            Index = device.Index,
            Uuid = device.Uuid,
            Name = device.Name,
            MemoryUsedBytes = result == NvmlResult.Success ? (long)memory.Used : null,
            MemoryTotalBytes = result == NvmlResult.Success ? (long)memory.Total : null,
            Utilization = Utilization(device.Handle),
            TemperatureCelsius = Temperature(device.Handle),
            PowerWatts = Power(device.Handle),
            EccUncorrected = Ecc(device.Handle),
            RowsRemapped = rows?.Remapped,
            RemapPending = rows?.Pending,
            Slowed = Clocks(device.Handle) is { } reasons ? SlowClocks.Words(reasons) : null,
        };
    }

    private double? Utilization(nint device)
    {
        NvmlUtilization value;
        return _utilization is not null && _utilization(device, &value) == NvmlResult.Success ? value.Gpu / 100.0 : null;
    }

    private int? Temperature(nint device)
    {
        uint degrees; // of NVML_TEMPERATURE_GPU, which is 0
        return _temperature is not null && _temperature(device, 0, &degrees) == NvmlResult.Success ? (int)degrees : null;
    }

    private double? Power(nint device)
    {
        uint milliwatts;
        return _power is not null && _power(device, &milliwatts) == NvmlResult.Success ? milliwatts / 1000.0 : null;
    }

    private long? Ecc(nint device)
    {
        const int uncorrected = 1, volatileCounter = 0; // since the driver was loaded
        ulong count;
        return _ecc is not null && _ecc(device, uncorrected, volatileCounter, &count) == NvmlResult.Success ? (long)count : null;
    }

    private (int Remapped, bool Pending)? Rows(nint device)
    {
        uint corrected, uncorrected, pending, failed;
        return _rows is not null && _rows(device, &corrected, &uncorrected, &pending, &failed) == NvmlResult.Success
            ? ((int)(corrected + uncorrected), pending != 0)
            : null;
    }

    private ulong? Clocks(nint device)
    {
        ulong reasons;
        return _clocks is not null && _clocks(device, &reasons) == NvmlResult.Success ? reasons : null;
    }
}
