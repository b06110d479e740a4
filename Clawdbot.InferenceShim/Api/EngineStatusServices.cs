using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Gpu;
using Clawdbot.InferenceShim.Liveness;

namespace Clawdbot.InferenceShim.Api;

/// <summary>The services that know what the status says of the engine.</summary>
/// <param name="Engine">Its description and capabilities.</param>
/// <param name="Load">Its own numbers.</param>
/// <param name="Watch">Whether its process runs.</param>
/// <param name="Liveness">Whether it works.</param>
/// <param name="Pictures">Pictures that failed in it.</param>
/// <param name="Gpus">Its GPUs.</param>
/// <param name="Capabilities">What it was seen to do and to refuse.</param>
internal sealed record EngineStatusServices(
    IEngine Engine, LoadReading Load, EngineWatch Watch, LivenessMonitor Liveness, FailedPictures Pictures, GpuReading Gpus,
    CapabilityEvidence Capabilities);
