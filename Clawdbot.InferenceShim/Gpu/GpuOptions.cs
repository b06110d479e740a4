using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Which GPUs the shim watches. Section <c>Gpu</c>.</summary>
internal sealed class GpuOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Gpu";

    /// <summary>Whether GPUs are watched; null: where the engine runs on this machine and is not the embedded one, which uses none.</summary>
    public bool? Enabled { get; set; }

    /// <summary>The driver's library: a name that the loader knows, or a path.</summary>
    [Required]
    public string Library { get; set; } = "libnvidia-ml.so.1";

    /// <summary>
    /// The engine's GPUs, each by index (in the order of <c>nvidia-smi</c>), UUID or the beginning of one. None: <c>CUDA_VISIBLE_DEVICES</c>
    /// and <c>NVIDIA_VISIBLE_DEVICES</c> say it, as they do to the engine; without these, all that the driver shows.
    /// </summary>
    public List<string> Devices { get; set; } = [];

    /// <summary>Pause between two readings, seconds.</summary>
    [Range(0.1, 3600)]
    public double IntervalSeconds { get; set; } = 5;

    /// <summary>
    /// Whether an XID that takes the engine down convicts it. False where other processes use the same GPUs: an XID does not say whose
    /// fault it is.
    /// </summary>
    public bool Convict { get; set; } = true;
}
