using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>How the shim is its engine's parent. Section <c>Engine:Parent</c>; what is started is <c>Engine:Command</c>.</summary>
internal sealed class ParentOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:Parent";

    /// <summary>Longest wait for a started engine to answer, seconds. Loading weights and compiling kernels takes many minutes.</summary>
    [Range(1, 86_400)]
    public int StartSeconds { get; set; } = 3600;

    /// <summary>
    /// From SIGTERM to SIGKILL when the shim stops or recycles the engine, seconds; by then no answer runs any more. Longer than the engine's
    /// own (vLLM's <c>--shutdown-timeout</c>).
    /// </summary>
    [Range(0, 3600)]
    public int StopSeconds { get; set; } = 20;

    /// <summary>From SIGTERM to SIGKILL of an engine that was found hung, seconds.</summary>
    [Range(0, 600)]
    public int HungStopSeconds { get; set; } = 2;

    /// <summary>An engine process that is stopped (SIGSTOP, a debugger) for this long is hung, seconds.</summary>
    [Range(1, 3600)]
    public int StoppedSeconds { get; set; } = 2;

    /// <summary>First wait before a dead engine is started again, milliseconds; doubles up to <see cref="LongestRestartDelaySeconds"/>.</summary>
    [Range(1, 600_000)]
    public int RestartDelayMilliseconds { get; set; } = 500;

    /// <summary>Longest wait before a dead engine is started again, seconds.</summary>
    [Range(1, 3600)]
    public int LongestRestartDelaySeconds { get; set; } = 60;

    /// <summary>An engine that served for this long begins anew with the first wait, seconds.</summary>
    [Range(1, 86_400)]
    public int LongLifeSeconds { get; set; } = 60;

    /// <summary>Wait before model files that are missing or wrong are looked at again, seconds: they may be being copied.</summary>
    [Range(1, 3600)]
    public int ModelRetrySeconds { get; set; } = 15;

    /// <summary>
    /// Memory of the engine's processes that grows by this much, GiB per hour, as long as <see cref="RecycleWindowSeconds"/>, is a leak: the
    /// engine is drained and started again when every gateway agrees. 0: never.
    /// </summary>
    [Range(0, 10_000)]
    public double RecycleGibPerHour { get; set; }

    /// <summary>Below this much memory, GiB, nothing is a leak.</summary>
    [Range(0, 100_000)]
    public double RecycleAboveGib { get; set; }

    /// <summary>How long memory must have grown, seconds.</summary>
    [Range(1, 604_800)]
    public int RecycleWindowSeconds { get; set; } = 3600;

    /// <summary>Where checksums once computed are kept over the shim's restarts; null: systemd's cache folder where there is one, else nowhere.</summary>
    public string? ChecksumCacheFile { get; set; } =
        Environment.GetEnvironmentVariable("CACHE_DIRECTORY") is { Length: > 0 } folder ? Path.Combine(folder.Split(':')[0], "checksums.json") : null;
}
