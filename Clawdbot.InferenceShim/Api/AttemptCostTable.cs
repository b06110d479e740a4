using System.Collections.Concurrent;
using Clawdbot.InferenceShim.Telemetry;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Keeps what running attempts and the last ended ones cost, for gateways that gave them up. Thread-safe.</summary>
internal sealed class AttemptCostTable(ShimMetrics metrics, ShimInstance instance)
{
    private const int Kept = 4096;
    private const int LongestName = 64;

    private readonly ConcurrentDictionary<string, TaskCompletionSource<AttemptCost>> _all = new();
    private readonly ConcurrentQueue<string> _ended = new();

    /// <summary>Begins an attempt; dispose the result when it ends.</summary>
    public AttemptTally Begin(string? id)
    {
        var isNamed = id is { Length: > 0 and <= LongestName } && _all.TryAdd(id, new(TaskCreationOptions.RunContinuationsAsynchronously));
        return new AttemptTally(isNamed ? id : null, metrics, this);
    }

    /// <summary>The cost of an attempt, completed when it has ended; null when it never began, or ended long ago.</summary>
    public Task<AttemptCost>? Of(string id) => _all.TryGetValue(id, out var cost) ? cost.Task : null;

    /// <summary>Takes the final cost of an attempt that has ended.</summary>
    public void Ended(AttemptTally attempt)
    {
        if (attempt.Id is not { } id || !_all.TryGetValue(id, out var cost))
            return;
        cost.TrySetResult(new AttemptCost(instance.Id, attempt.PromptTokens, attempt.Generated));
        _ended.Enqueue(id);
        if (_ended.Count > Kept && _ended.TryDequeue(out var oldest))
            _all.TryRemove(oldest, out _);
    }
}
