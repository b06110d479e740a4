using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Liveness;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>An engine whose GPU is lost does not generate, whatever it says: what the GPU reports convicts it.</summary>
internal sealed class GpuVerdict(GpuReading gpus, EngineWatch watch, LivenessMonitor liveness,
    IOptions<GpuOptions> options) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Convict)
            gpus.Fatal += Convict;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        gpus.Fatal -= Convict;
        return Task.CompletedTask;
    }

    /// <summary>By the liveness monitor where there is one: it tries the engine again, which somebody else may have started anew.</summary>
    private void Convict(string reason)
    {
        if (liveness.IsOn)
            liveness.Convict(new Finding("gpu", reason));
        else
            watch.Convict(reason, died: true);
    }
}
