using Clawdbot.Gateway;
using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Edge;
using Clawdbot.Gateway.Edge.Admin;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Health;
using Clawdbot.Gateway.Ledger;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.Gateway.SharedStore;
using Clawdbot.Gateway.StatusPage;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.Gateway.Watchdog;
using Clawdbot.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Listen();

// A request passes these from top to bottom; RequestPath.cs calls them in this order.
builder.AddEdge();        // reads the request, writes the answer and every error
builder.AddAuth();        // key -> tenant, from headers alone
builder.AddAdmission();   // a lease to the last byte, from a bounded queue
builder.AddFailover();    // owns the request until it is answered, however many attempts that takes
builder.AddRouting();     // which replica
builder.AddForwarding();  // one attempt on one replica, by the one client of the shims

// These maintain what a request sees: one immutable ReplicaSet.
builder.AddDiscovery();   // which replicas exist
builder.AddHealth();      // which of them are healthy
builder.AddReplicas();    // the set itself
builder.AddSharedStore(); // what gateways count and keep together; no answer needs it
builder.AddTelemetry();
builder.AddLedger();
builder.AddStatusPage();
builder.AddWatchdog();

var app = builder.Build();
app.UseCutOfBrokenAnswers();
app.UseGracefulShutdown();
app.UseApi();
app.UseErrorShape();
app.MapDefaultEndpoints();

app.MapApi();

app.MapGet("/api/replicas", (HttpContext http, StatusEndpoints status) => status.ReplicasAsync(http));
app.MapGet("/api/events", (HttpContext http, StatusEndpoints status) => status.EventsAsync(http));
app.MapPost("/api/replicas/{id}/kill", (HttpContext http, string id, StatusEndpoints status) => status.KillAsync(http, id));
app.MapPost("/admin/replicas/{id}/{verb}",
    (HttpContext http, string id, string verb, AdminEndpoints admin) => admin.HandleAsync(http, id, verb));
app.MapPage(app.Services.GetRequiredService<StatusEndpoints>().Token);

app.Lifetime.ApplicationStarted.Register(() => StartupLog.Write(app.Services));
app.Run();
