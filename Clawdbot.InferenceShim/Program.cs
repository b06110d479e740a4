using Clawdbot.InferenceShim.Api;
using Clawdbot.InferenceShim.Drain;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Gpu;
using Clawdbot.InferenceShim.Liveness;
using Clawdbot.InferenceShim.Quotas;
using Clawdbot.InferenceShim.Supervision;
using Clawdbot.InferenceShim.Telemetry;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

// Settings are read from beside the program: in an engine's image, the folder that it is started from is the engine's.
var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Configuration.AddCard(builder.Environment.ContentRootPath);
if (ParentWatch.IsWanted(builder.Configuration))
    ParentWatch.Attach(builder.Configuration);
builder.AddServiceDefaults();
builder.Services.AddFleetOptions(builder.Configuration, required: true);

// A request passes these from top to bottom.
builder.AddApi();         // reads what the gateway sends, writes what the engine generates
builder.AddGeneration();  // gives it a slot, checks it, and notes what comes of it
builder.AddLiveness();    // finds out whether the engine generates, from these notes and by canaries
builder.AddEngine();      // the engine of the configured kind, and what is known of it

// And these look after the engine and the process.
builder.AddSupervision(); // the engine's parent: starts it, starts it again, ends it last
builder.AddQuotas();      // divides tenants' limits among gateways
builder.AddGpus();
builder.AddDrain();
builder.AddTelemetry();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapProof();

var fleet = app.MapGroup("").RequireFleetSecret();
fleet.MapGet(FleetRoutes.Status, (HttpContext context, StatusEndpoint status) => status.HandleAsync(context));
fleet.MapPost(FleetRoutes.RecycleConsent, ConsentEndpoint.Handle);
fleet.MapPost(FleetRoutes.Demand, DemandEndpoint.Handle);
fleet.MapPost(FleetRoutes.Quotas, QuotaEndpoint.HandleAsync);
fleet.MapPost(FleetRoutes.Quarantine, QuarantineEndpoint.HandleAsync);
fleet.MapGet(FleetRoutes.Attempts + "/{attempt}", CostEndpoint.HandleAsync);
fleet.MapPost(FleetRoutes.Generate, (HttpContext context, GenerateEndpoint generate) => generate.HandleAsync(context));
app.MapOpenAi();

var admin = fleet.MapGroup(FleetRoutes.Admin).RequireAdminSecret();
admin.MapPost("/drain", (ConcurrencyGate gate) => gate.Drain("drained by an operator; 'return' brings it back"));
admin.MapPost("/return", (ConcurrencyGate gate) => gate.Return());
admin.MapPost("/restart", (IHostApplicationLifetime lifetime) => lifetime.StopApplication());

app.TellAddress();
app.Run();
