using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Liveness;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>An engine that somebody else started. It is watched like any other; nobody here starts it again, and the reason says so.</summary>
internal sealed class AttachedEngine(IOptions<EngineOptions> engine, EngineWatch watch) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        watch.Remark = $"; it is attached by address ({new Uri(engine.Value.Address).Authority}): whoever runs it must start it again";
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
