using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Telemetry;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>Sends one canary at a time, and gives it up when a client comes, the engine is convicted or its time is over.</summary>
internal sealed class CanarySender(Canary canary, Generations generations, EngineWatch watch, ShimMetrics metrics, TimeProvider time)
{
    /// <summary>When the last canary ended, as a timestamp; before there was one, when this was made.</summary>
    public long EndedAt { get; private set; } = time.GetTimestamp();

    /// <summary>Sends a canary, unless a client's generation runs, and returns what became of it.</summary>
    /// <param name="most">The longest that it may take.</param>
    /// <param name="stop">Cancelled when the shim stops.</param>
    public async Task<CanaryResult> SendAsync(TimeSpan most, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(most, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        var giveUp = new GiveUp(either);
        generations.ClientCame += giveUp.Cancel;
        watch.Convicted += giveUp.Cancel;
        try
        {
            if (generations.ServesClients)
                return CanaryResult.GivenUp;
            var result = await canary.SendAsync(either.Token);
            metrics.CanaryEnded(result.Name);
            return result;
        }
        finally
        {
            generations.ClientCame -= giveUp.Cancel;
            watch.Convicted -= giveUp.Cancel;
            giveUp.Dispose();
            EndedAt = time.GetTimestamp();
        }
    }

    /// <summary>
    /// Cancels the canary without waiting for it, and does nothing once it is disposed: the events that close it come on others' threads.
    /// </summary>
    private sealed class GiveUp(CancellationTokenSource source) : IDisposable
    {
        private readonly Lock _lock = new();
        private bool _isOver;

        public void Cancel() => Cancel("");

        public void Cancel(string reason)
        {
            lock (_lock)
            {
                if (!_isOver)
                    _ = source.CancelAsync();
            }
        }

        public void Dispose()
        {
            lock (_lock)
                _isOver = true;
        }
    }
}
