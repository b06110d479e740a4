namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>One of an engine's GPUs. A value that the driver or the card does not report is null.</summary>
public sealed record GpuStatus
{
    /// <summary>Number in the driver's order, which is that of <c>nvidia-smi</c>.</summary>
    public required int Index { get; init; }

    /// <summary>Unique id of the card, which never changes.</summary>
    public required string Uuid { get; init; }

    /// <summary>Model of the card.</summary>
    public required string Name { get; init; }

    /// <summary>Memory in use by all processes, bytes.</summary>
    public long? MemoryUsedBytes { get; init; }

    /// <summary>Memory of the card, bytes.</summary>
    public long? MemoryTotalBytes { get; init; }

    /// <summary>Share of time in which anything ran, 0 to 1.</summary>
    public double? Utilization { get; init; }

    /// <summary>Temperature, degrees Celsius.</summary>
    public int? TemperatureCelsius { get; init; }

    /// <summary>Power it draws, watts.</summary>
    public double? PowerWatts { get; init; }

    /// <summary>Uncorrectable memory errors since the driver was loaded.</summary>
    public long? EccUncorrected { get; init; }

    /// <summary>Memory rows that were found bad and replaced, ever.</summary>
    public int? RowsRemapped { get; init; }

    /// <summary>Whether a row waits for a reset to be replaced.</summary>
    public bool? RemapPending { get; init; }

    /// <summary>Why its clocks are low, in words; null when they are not.</summary>
    public string? Slowed { get; init; }

    /// <summary>The XID it reported last, since the shim began; null for none.</summary>
    public int? LastXid { get; init; }

    /// <summary>What is broken until somebody resets the GPU or mends the host, in words; null for nothing.</summary>
    public string? Fault { get; init; }
}
