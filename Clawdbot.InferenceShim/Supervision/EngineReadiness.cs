using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Whether a started engine is up: it must list its models and tell its load, because some list models while they load.</summary>
internal sealed class EngineReadiness(IEngine engine, EngineConnection connection, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Asks the engine once whether it is up. Null when it is; else why not, empty where it does not answer yet.</summary>
    public async Task<string?> LacksAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await ModelList.ReadAsync(connection, either.Token);
            await engine.LoadAsync(either.Token);
            return null;
        }
        catch (Exception fault) when (fault is EngineFailureException { Code: "engine_unreachable" } or OperationCanceledException)
        {
            return "";
        }
        catch (Exception fault)
        {
            return fault.Message; // whatever it was: it does not answer as an engine does
        }
    }
}
