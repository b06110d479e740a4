using Clawdbot.AppHost;

// client -> nginx or haproxy -> gateway x2 -> replica xN (shim + engine).
// Redis holds what gateways count together; Prometheus and Grafana watch.
var builder = DistributedApplication.CreateBuilder(args);
if (builder.HasWrongArguments())
    return 2; // the mistakes are on standard error, with what to write instead

var secrets = builder.AddFleetSecrets();
var replicas = builder.AddInferenceReplicas(secrets);
var gateways = builder.AddGateways(replicas, secrets);
replicas.WithOperatorCommands(gateways);

var redis = builder.AddRedis("redis");
gateways.WithSharedStore(redis);
var fronts = builder.AddFronts(gateways);
var prometheus = builder.AddPrometheus("prometheus")
    .WithScrapeTargets("gateway", gateways)
    .WithScrapeTargets("replica", replicas)
    .WithScrapeTargets("nginx", builder.AddNginxExporters(fronts))
    .WithScrapeTargets("haproxy", fronts.OfType<IResourceBuilder<IHaProxyResource>>(), "status");
builder.AddGrafana("grafana", prometheus);

builder.AddReadyNotice(gateways, fronts);
builder.AddPublishTarget();
await using var application = builder.Build();
await application.RunAsync();
return 0;
