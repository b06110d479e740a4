using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Which GPUs the shim watches. Section <c>Gpu</c>.</summary>
internal sealed class GpuOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Gpu";

    /// <summary>
    /// Whether GPUs are watched; when not set, they are unless the engine is the embedded one or runs on another machine.
    /// </summary>
    public bool? Enabled { get; set; }

    /// <summary>Name or path of the driver's library.</summary>
    [Required]
    public string Library { get; set; } = "libnvidia-ml.so.1";

    /// <summary>
    /// The engine's GPUs, each by its index (in the order of <c>nvidia-smi</c>), its UUID or the beginning of one; empty: those that
    /// <c>CUDA_VISIBLE_DEVICES</c> and <c>NVIDIA_VISIBLE_DEVICES</c> name, else all that the driver shows.
    /// </summary>
    public List<string> Devices { get; set; } = [];

    /// <summary>Seconds between two readings.</summary>
    [Range(0.1, 3600)]
    public double IntervalSeconds { get; set; } = 5;

    /// <summary>
    /// Whether an XID error that takes the engine down makes the replica sick at once; set it to false where other processes use the same
    /// GPUs, because an XID does not say whose fault it is.
    /// </summary>
    public bool Convict { get; set; } = true;
}
