using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Telemetry;

namespace Clawdbot.InferenceShim.Api;

/// <summary>What every endpoint that answers a chat request uses; one for all requests.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Generations">Runs a generation.</param>
/// <param name="Gate">Gives each request a slot, or refuses it.</param>
/// <param name="Places">Divides the slots among gateways.</param>
/// <param name="Metrics">Counts requests and tokens.</param>
/// <param name="Time">The clock.</param>
internal sealed record GenerationServices(
    IEngine Engine, Generations Generations, ConcurrencyGate Gate, GatewayPlaces Places, ShimMetrics Metrics, TimeProvider Time);
