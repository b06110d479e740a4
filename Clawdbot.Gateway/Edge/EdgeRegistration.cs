using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Admin;
using Clawdbot.Gateway.Edge.Apis.Responses;
using Clawdbot.Gateway.Edge.Apis.Responses.Background;
using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Gateway.Edge.CrossOrigin;
using Clawdbot.Gateway.Edge.Idempotency;
using Clawdbot.Gateway.Edge.Models;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge;

/// <summary>Configures the listeners and registers the services of the edge.</summary>
internal static class EdgeRegistration
{
    /// <summary>Makes the gateway listen at its public addresses and, as the last one, at the internal address.</summary>
    public static void Listen(this WebApplicationBuilder builder)
    {
        var urls = ListenPolicy.Urls(builder.Configuration);
        if (ListenPolicy.Problem(urls, KeyRing.Read(builder.Configuration.GetSection(AuthOptions.Section))) is { } problem)
            throw new InvalidOperationException(problem);
        var edge = builder.Configuration.GetSection(EdgeOptions.Section).Get<EdgeOptions>() ?? new EdgeOptions();
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, ""); // part of urls; Kestrel would warn that it is ignored
        builder.WebHost.UseUrls(edge.InternalUrl.Length == 0 ? urls : [.. urls, edge.InternalUrl]);
        if (edge.InlineSockets)
            builder.WebHost.RunSocketsInline();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // BodyReader enforces the limit, with an error of the API
        });
        // A planned stop: the gateway is not ready, then finishes what runs.
        builder.Services.PostConfigure<EdgeOptions>(o => o.LeaveMilliseconds ??= builder.Environment.IsDevelopment() ? 0 : 5000);
        builder.Services.AddSingleton<GracefulShutdown>().AddHostedService(services => services.GetRequiredService<GracefulShutdown>());
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(150));
    }

    public static void AddEdge(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<EdgeOptions>(EdgeOptions.Section);
        builder.Services.AddSettings<IdempotencyOptions>(IdempotencyOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<EdgeOptions>, SpoolRule>()
            .AddSingleton<IValidateOptions<EdgeOptions>, AllowedOriginsRule>().AddSingleton<Spool>().AddSingleton<BodyReader>();
        builder.Services.AddSingleton<RequestPath>().AddSingleton<RequestSteps>().AddSingleton<RequestReader>();
        builder.Services.AddSingleton<KeyedRuns>().AddSingleton<IdempotentPath>();
        builder.Services.AddSettings<ResponsesOptions>(ResponsesOptions.Section);
        builder.Services.AddSingleton<ResponsesApi>().AddSingleton<ResponseStore>().AddSingleton<ResponsesEndpoints>();
        builder.Services.AddSingleton<BackgroundStore>().AddSingleton<BackgroundServices>().AddSingleton<BackgroundEndpoints>();
        builder.Services.AddSingleton<BackgroundRuns>().AddHostedService(services => services.GetRequiredService<BackgroundRuns>());
        builder.Services.AddSingleton<CompletionHandler>().AddSingleton<RequestAccounting>();
        builder.Services.AddSettings<ModelOptions>(ModelOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<ModelOptions>, AliasRule>()
            .AddSingleton<ModelDirectory>().AddSingleton<ModelsEndpoint>();
        builder.Services.AddSingleton(services => new MetricSource(metrics =>
        {
            var bodies = services.GetRequiredService<BodyReader>();
            metrics.ObserveBodies(() => bodies.Held, () => bodies.Spooled);
        }));
        builder.AddCorsOfApis();
        builder.Services.AddSingleton<AdminEndpoints>().AddSingleton<InternalListener>();
    }
}
