using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>The engine and what is observed of it: what the liveness monitor judges by.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Reading">Its own numbers.</param>
/// <param name="Generations">The generations that run in it.</param>
/// <param name="Reachability">Whether it answers at its address.</param>
/// <param name="Pictures">Pictures that failed in it.</param>
internal sealed record LivenessServices(
    IEngine Engine, LoadReading Reading, Generations Generations, EngineReachability Reachability, FailedPictures Pictures);
