using Clawdbot.InferenceShim.Api;
using Clawdbot.InferenceShim.Drain;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Gpu;
using Clawdbot.InferenceShim.Liveness;
using Clawdbot.InferenceShim.Supervision;
using Clawdbot.InferenceShim.Telemetry;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.AspNetCore.Hosting.Server.Features;

// Its settings lie beside it, wherever it is started from: in an engine's image that is the engine's folder.
var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Configuration.AddCard(builder.Environment.ContentRootPath);
if (ParentWatch.IsWanted(builder.Configuration))
    ParentWatch.Attach(builder.Configuration);

builder.AddServiceDefaults();
builder.Services.AddFleetOptions(builder.Configuration, required: true);
builder.Services.AddOptions<ApiOptions>().BindConfiguration(ApiOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<DrainOptions>().BindConfiguration(DrainOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddEngine();
builder.Services.AddSupervision(builder.Configuration);
builder.Services.AddSingleton<LoadReading>();
builder.Services.AddHostedService(services => services.GetRequiredService<LoadReading>());
builder.Services.AddSingleton(new ShimInstance(Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))));
builder.Services.AddLiveness();
builder.Services.AddGpus();
builder.Services.AddSingleton<ConcurrencyGate>().AddSingleton<Quarantine>();
builder.Services.AddSingleton<ShimMetrics>();
builder.Services.AddSingleton<DrainOnStop>();
builder.Services.AddHostedService(services => services.GetRequiredService<DrainOnStop>());
builder.Services.AddSingleton<StatusEndpoint>();
builder.Services.AddSingleton<AttemptCostTable>();
builder.Services.AddSingleton<GenerateEndpoint>();
builder.Services.AddSingleton<OpenAiEndpoint>();
builder.Services.AddReadiness<ConcurrencyGateCheck>("slots");
var api = builder.Configuration.GetSection(ApiOptions.Section).Get<ApiOptions>() ?? new ApiOptions();
if (api.InlineSockets)
    builder.WebHost.RunSocketsInline();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Limits.MaxRequestBodySize = 64 << 20; // the gateway caps clients' bodies; this bounds a gateway that does not
});

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapProof();

var fleet = app.MapGroup("").RequireFleetSecret();
fleet.MapGet(FleetRoutes.Status, (HttpContext context, StatusEndpoint status) => status.HandleAsync(context));
fleet.MapPost(FleetRoutes.RecycleConsent, ConsentEndpoint.Handle);
fleet.MapPost(FleetRoutes.Quarantine, QuarantineEndpoint.HandleAsync);
fleet.MapGet(FleetRoutes.Attempts + "/{attempt}", CostEndpoint.HandleAsync);
fleet.MapPost(FleetRoutes.Generate, (HttpContext context, GenerateEndpoint generate) => generate.HandleAsync(context));

if (api.OpenAi)
{
    app.MapPost("/v1/chat/completions", (HttpContext context, OpenAiEndpoint openAi) => openAi.ChatAsync(context));
    app.MapGet("/v1/models", (HttpContext context, OpenAiEndpoint openAi) => openAi.ModelsAsync(context));
}

var admin = fleet.MapGroup(FleetRoutes.Admin).RequireAdminSecret();
admin.MapPost("/drain", (ConcurrencyGate gate) => gate.Drain("drained by an operator; 'return' brings it back"));
admin.MapPost("/return", (ConcurrencyGate gate) => gate.Return());
admin.MapPost("/restart", (IHostApplicationLifetime lifetime) => lifetime.StopApplication());

// The gateway that started this process reads where it listens from here: a port chosen by the system is never raced for.
app.Lifetime.ApplicationStarted.Register(() => Console.Out.WriteLine(
    $"clawdbot-shim listening on {app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}"));
app.Run();
