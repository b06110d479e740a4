using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Clawdbot.ServiceDefaults;

/// <summary>What every Clawdbot process has: telemetry, health endpoints, service discovery, a clock.</summary>
/// <remarks>
/// There is no default resilience handler on HTTP clients: it would cut a generation after 10 s and retry it behind
/// the gateway's back. Whoever wants resilience on a control call adds it to that call.
/// </remarks>
public static class Extensions
{
    private const string Ready = "ready";

    /// <summary>Adds telemetry, health checks, service discovery and <see cref="TimeProvider.System"/>.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddHealthChecks();
        // The answer to a probe says what failed, so the log need not.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.AddServiceDiscovery();
        builder.AddTelemetry();
        return builder;
    }

    /// <summary>Binds a class of settings to its section. The process does not start with values that its attributes refuse.</summary>
    public static IServiceCollection AddSettings<TOptions>(this IServiceCollection services, string section) where TOptions : class
    {
        services.AddOptions<TOptions>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }

    /// <summary>Registers a check that decides <c>/health/ready</c>.</summary>
    public static IServiceCollection AddReadiness<TCheck>(this IServiceCollection services, string name)
        where TCheck : class, IHealthCheck
    {
        services.AddHealthChecks().AddCheck<TCheck>(name, tags: [Ready]);
        return services;
    }

    /// <summary>
    /// Maps <c>/health/live</c> (the process answers), <c>/health/ready</c> (it can serve, else 503 with the reason in
    /// words) and <c>/metrics</c>, in every environment: a probe that exists only in development is no probe.
    /// </summary>
    public static void MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(Ready),
            ResponseWriter = (context, report) => context.Response.WriteAsync(
                $"{report.Status}: {string.Join("; ", report.Entries.Select(e => e.Value.Description ?? e.Key))}\n",
                context.RequestAborted),
        });
        app.MapPrometheusScrapingEndpoint("/metrics");
    }

    /// <summary>Whether traces are sent anywhere; without a receiver a span is only a cost.</summary>
    public static bool IsTraced(this IConfiguration configuration) =>
        !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    private static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("Clawdbot.*")
            .AddAspNetCoreInstrumentation()
            // Our own metrics count routes and requests; ASP.NET's also count each block of memory that a write takes, which is one for
            // every token of a stream.
            .AddView("aspnetcore.*", MetricStreamConfiguration.Drop)
            .AddView("http.server.active_requests", MetricStreamConfiguration.Drop)
            .AddRuntimeInstrumentation()
            .AddPrometheusExporter());
        if (!builder.Configuration.IsTraced())
            return;

        telemetry.WithTracing(tracing => tracing
            .AddSource("Clawdbot.*")
            .AddAspNetCoreInstrumentation(o => o.Filter = context => !IsNoise(context.Request.Path))
            .AddHttpClientInstrumentation(o => o.FilterHttpRequestMessage = request => !IsNoise(request.RequestUri?.AbsolutePath)));
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        telemetry.UseOtlpExporter();
    }

    /// <summary>Whether a path is that of a probe, scrape, proof or status stream, whose traces would outnumber the requests'.</summary>
    private static bool IsNoise(PathString path) =>
        path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics") || path == Wire.FleetRoutes.Status
        || path == Wire.FleetRoutes.Proof || path == "/api/events" || path == "/api/replicas";
}
