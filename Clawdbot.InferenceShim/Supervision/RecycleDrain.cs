using Clawdbot.InferenceShim.Drain;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Drains the shim before its engine is started again as planned, and lets requests in again after it.</summary>
internal sealed class RecycleDrain(ConcurrencyGate gate, IOptions<DrainOptions> options, TimeProvider time)
{
    /// <summary>Whether the shim takes new requests now.</summary>
    public bool IsReady => gate.Verdict.Verdict == ShimVerdict.Ready;

    /// <summary>Takes nothing new from now on, and returns when nothing runs, or after the time that a drain may take.</summary>
    /// <exception cref="OperationCanceledException">The shim stops meanwhile.</exception>
    public async Task BeginAsync(string reason, CancellationToken cancellation)
    {
        gate.Drain(reason);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TimeoutSeconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await gate.EmptyAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // What still runs after so long moves when the engine ends.
        }
    }

    /// <summary>Takes requests again, unless an operator has drained the shim meanwhile.</summary>
    /// <param name="reason">The reason that the drain began with.</param>
    public void End(string reason)
    {
        if (gate.Verdict.Reason == reason)
            gate.Return(); // the engine's own verdict is that it is starting
    }
}
