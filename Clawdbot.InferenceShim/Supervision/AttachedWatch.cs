using Clawdbot.InferenceShim.Engines;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Watches the port of an engine that somebody else started. It restarts nothing, and its reasons say so.</summary>
internal sealed class AttachedWatch : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly EngineWatch _watch;
    private readonly TimeProvider _time;
    private readonly Uri _address;
    private readonly string _nobody;

    public AttachedWatch(IOptions<EngineOptions> engine, EngineWatch watch, TimeProvider time)
    {
        (_watch, _time, _address) = (watch, time, new Uri(engine.Value.Address));
        _nobody = $"it is attached by address ({_address.Authority}): whoever runs it must start it again";
        watch.Nobody = _nobody;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (wasOpen, isFirst) = (true, true);
        while (!stoppingToken.IsCancellationRequested)
        {
            var isOpen = await AddressClaim.ListensAsync(_address, _time, stoppingToken);
            if (isOpen && !wasOpen)
                _watch.Listening(); // whether it generates is for the liveness monitor to find
            else if (!isOpen && isFirst)
                _watch.Starting($"nothing listens at the engine's address yet; {_nobody}");
            else if (!isOpen && wasOpen)
                _watch.Gone($"the engine refuses connections; {_nobody}");
            (wasOpen, isFirst) = (isOpen, false);
            await Task.Delay(Look, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
