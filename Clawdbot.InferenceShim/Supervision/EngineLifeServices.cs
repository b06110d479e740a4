using Clawdbot.InferenceShim.Engines;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>What every life of the engine uses; one for all lives.</summary>
/// <param name="Readiness">Finds out whether a started engine is up.</param>
/// <param name="Watch">Is told what becomes of the engine.</param>
/// <param name="Lines">What the engine writes.</param>
/// <param name="Options">Settings.</param>
/// <param name="Time">The clock.</param>
internal sealed record EngineLifeServices(
    EngineReadiness Readiness, EngineWatch Watch, EngineLog Lines, IOptions<ParentOptions> Options, TimeProvider Time);
