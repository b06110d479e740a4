using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>How the shim starts, stops and restarts the engine that <c>Engine:Command</c> names. Section <c>Engine:Parent</c>.</summary>
internal sealed class ParentOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:Parent";

    /// <summary>Seconds a started engine may take to answer; loading weights and compiling kernels takes many minutes.</summary>
    [Range(1, 86_400)]
    public int StartSeconds { get; set; } = 3600;

    /// <summary>
    /// Seconds from SIGTERM to SIGKILL when the shim stops or recycles the engine, with no answer running any more; longer than the
    /// engine's own limit (vLLM's <c>--shutdown-timeout</c>).
    /// </summary>
    [Range(0, 3600)]
    public int StopSeconds { get; set; } = 20;

    /// <summary>Seconds from SIGTERM to SIGKILL of an engine that was found hung.</summary>
    [Range(0, 600)]
    public int HungStopSeconds { get; set; } = 2;

    /// <summary>Seconds after which an engine process that is stopped (SIGSTOP, a debugger) is hung.</summary>
    [Range(1, 3600)]
    public int StoppedSeconds { get; set; } = 2;

    /// <summary>
    /// Milliseconds before a dead engine is started again; the wait doubles with each death up to <see cref="LongestRestartDelaySeconds"/>.
    /// </summary>
    [Range(1, 600_000)]
    public int RestartDelayMilliseconds { get; set; } = 500;

    /// <summary>Longest wait before a dead engine is started again, in seconds.</summary>
    [Range(1, 3600)]
    public int LongestRestartDelaySeconds { get; set; } = 60;

    /// <summary>Seconds an engine must have served for the wait before its next restart to start over.</summary>
    [Range(1, 86_400)]
    public int LongLifeSeconds { get; set; } = 60;

    /// <summary>Seconds before missing or wrong model files are checked again, because they may be being copied.</summary>
    [Range(1, 3600)]
    public int ModelRetrySeconds { get; set; } = 15;

    /// <summary>
    /// Growth of the memory of the engine's processes, in GiB per hour over <see cref="RecycleWindowSeconds"/>, that is taken for a leak:
    /// the engine is drained and started again when every gateway agrees. 0: never.
    /// </summary>
    [Range(0, 10_000)]
    public double RecycleGibPerHour { get; set; }

    /// <summary>Memory, in GiB, below which no growth is taken for a leak.</summary>
    [Range(0, 100_000)]
    public double RecycleAboveGib { get; set; }

    /// <summary>Seconds for which memory must have grown.</summary>
    [Range(1, 604_800)]
    public int RecycleWindowSeconds { get; set; } = 3600;

    /// <summary>
    /// File that keeps the model files' checksums over restarts of the shim; not set: <c>checksums.json</c> in systemd's cache folder
    /// (<c>CACHE_DIRECTORY</c>) where there is one, else none.
    /// </summary>
    public string? ChecksumCacheFile { get; set; }
}
