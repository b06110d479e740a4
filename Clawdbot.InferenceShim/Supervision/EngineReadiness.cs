using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Whether a started engine is up: it must list its models and tell its load, because some list models while they load.</summary>
internal sealed class EngineReadiness(IEngine engine, EngineConnection connection, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Asks the engine once whether it is up.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await ModelList.ReadAsync(connection, either.Token);
            await engine.LoadAsync(either.Token);
            return true;
        }
        catch (Exception)
        {
            return false; // whatever it was: it does not answer as an engine does
        }
    }
}
