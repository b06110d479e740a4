using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Telemetry;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Counts what one attempt costs until it ends, with the tokens that were generated and reached nobody.</summary>
internal sealed class AttemptTally(string? id, ShimMetrics metrics, AttemptCostTable costs) : IDisposable
{
    private bool _isOver;

    /// <summary>The gateway's name for it; null when it gave none.</summary>
    public string? Id => id;

    /// <summary>The request; null until it has been read.</summary>
    public EngineRequest? Request { get; set; }

    /// <summary>Tokens of the prompt; 0 where the engine does not tell them.</summary>
    public int PromptTokens { get; set; }

    /// <summary>Tokens generated and counted.</summary>
    public int Generated { get; private set; }

    /// <summary>Counts the tokens that came since the last call.</summary>
    /// <param name="told">Tokens by the engine's own count, which may be more than were seen in its events; 0 where it tells none.</param>
    public void Count(int told = 0)
    {
        var now = Math.Max(Request?.Generated ?? 0, told);
        if (now <= Generated)
            return;
        metrics.Generated(now - Generated);
        Generated = now;
    }

    /// <summary>Counts the last tokens and ends the attempt.</summary>
    public void Dispose()
    {
        if (_isOver)
            return;
        _isOver = true;
        Count();
        costs.Ended(this);
    }
}
