using System.Runtime.CompilerServices;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>The load of an engine that tells none: what was sent there from here, and what came of it. Thread-safe.</summary>
internal sealed class OwnLoad
{
    private long _tokens;
    private int _running;

    /// <summary>As it is now.</summary>
    public EngineLoad Now => new(Volatile.Read(ref _running), 0, TokensGenerated: Interlocked.Read(ref _tokens));

    /// <summary>A generation as it was, counted.</summary>
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
