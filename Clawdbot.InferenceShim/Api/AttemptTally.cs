using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Telemetry;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Counts what one attempt costs, to its very end: tokens too that were generated and went nowhere.</summary>
internal sealed class AttemptTally(string? id, ShimMetrics metrics, AttemptCostTable costs) : IDisposable
{
    private bool _isOver;

    /// <summary>What the gateway calls it; null when it doesn't.</summary>
    public string? Id => id;

    /// <summary>What is generated for; null as long as it has not come.</summary>
    public EngineRequest? Request { get; set; }

    /// <summary>Tokens of the prompt, where the engine told them.</summary>
    public int PromptTokens { get; set; }

    /// <summary>Tokens generated and counted.</summary>
    public int Generated { get; private set; }

    /// <summary>Counts what came since the last time.</summary>
    /// <param name="told">Tokens by the engine's own count, which may be more than were seen in its events; 0 where it tells none.</param>
    public void Count(int told = 0)
    {
        var now = Math.Max(Request?.Generated ?? 0, told);
        if (now <= Generated)
            return;
        metrics.Generated(now - Generated);
        Generated = now;
    }

    /// <summary>It has ended.</summary>
    public void Dispose()
    {
        if (_isOver)
            return;
        _isOver = true;
        Count();
        costs.Ended(this);
    }
}
