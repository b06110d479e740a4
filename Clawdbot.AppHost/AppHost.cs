using Clawdbot.AppHost;

// client -> nginx -> gateway x2 -> replica xN (shim + engine), watched by Prometheus, shown by Grafana.
var builder = DistributedApplication.CreateBuilder(args);
builder.AddContainerEngineNotice();

var secrets = builder.AddFleetSecrets();
var replicas = builder.AddInferenceReplicas(secrets);
var gateways = builder.AddGateways(replicas, secrets);
replicas.WithOperatorCommands(gateways);

var nginx = builder.AddNginx("nginx", gateways);
var prometheus = builder.AddPrometheus("prometheus")
    .WithScrapeTargets("gateway", gateways)
    .WithScrapeTargets("replica", replicas)
    .WithScrapeTargets("nginx", nginx.WithExporter("nginx-exporter"));
var grafana = builder.AddGrafana("grafana", prometheus);
gateways.WithLinksTo(grafana);

builder.AddPublishTarget();
builder.Build().Run();
