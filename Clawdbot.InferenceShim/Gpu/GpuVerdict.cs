using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Liveness;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Convicts an engine whose GPU is lost: it does not generate, whatever it says.</summary>
internal sealed class GpuVerdict(
    GpuReading gpus, EngineWatch watch, LivenessMonitor liveness, IOptions<GpuOptions> options) : IHostedService
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

    /// <summary>Goes through the liveness monitor if it is on: that tries the engine again, which may have been restarted.</summary>
    private void Convict(string reason)
    {
        if (liveness.IsOn)
            liveness.Convict(new Finding("gpu", reason));
        else
            watch.Convict(reason, died: true);
    }
}
