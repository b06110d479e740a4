using System.Runtime.CompilerServices;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Counts the load of an engine that does not tell it: this shim's own requests and their tokens. Thread-safe.</summary>
internal sealed class OwnLoad
{
    private long _tokens;
    private int _running;

    /// <summary>The present load.</summary>
    public EngineLoad Now => new(Volatile.Read(ref _running), 0, TokensGenerated: Interlocked.Read(ref _tokens));

    /// <summary>Passes a generation's events on unchanged and counts them.</summary>
    public async IAsyncEnumerable<EngineEvent> CountAsync(
        IAsyncEnumerable<EngineEvent> steps, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await foreach (var step in steps.WithCancellation(cancellation))
            {
                if (step is EngineTokens tokens)
                    Interlocked.Add(ref _tokens, tokens.Count);
                yield return step;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
