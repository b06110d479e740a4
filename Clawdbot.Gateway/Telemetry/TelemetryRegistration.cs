using System.Diagnostics.Metrics;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Metrics;

namespace Clawdbot.Gateway.Telemetry;

/// <summary>Registers the metrics and the log of failovers.</summary>
internal static class TelemetryRegistration
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<FailoverLog>();
        builder.Services.AddSingleton(services =>
        {
            services.GetRequiredService<MeterProvider>(); // it must listen before the counters start at 0
            var metrics = new GatewayMetrics(services.GetRequiredService<IMeterFactory>(), services.GetRequiredService<ReplicaTable>());
            var quarantine = services.GetRequiredService<Quarantine>();
            metrics.ObserveQuarantine(() => quarantine.Entries?.Count ?? 0);
            foreach (var source in services.GetServices<MetricSource>())
                source.Open(metrics);
            return metrics;
        });
        builder.Services.Configure<AspNetCoreTraceInstrumentationOptions>(o => o.EnrichWithException = (span, _) => RequestTrace.Cut(span));
        // OpenTelemetry merges series beyond 2,000 into one; six states and a dozen outcomes of a thousand replicas are more.
        var many = new MetricStreamConfiguration { CardinalityLimit = 16_384 };
        builder.Services.ConfigureOpenTelemetryMeterProvider(meters => meters
            .AddView("clawdbot.gateway.replica.*", many).AddView("clawdbot.gateway.attempts", many));
    }
}
