using System.Diagnostics.Metrics;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.Tests.Fakes;

/// <summary>Metrics that nobody reads.</summary>
internal static class SomeMetrics
{
    public static GatewayMetrics New(ReplicaTable? table = null) =>
        new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), table ?? new ReplicaTable());
}
