using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Edge;
using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Gateway.Edge.Idempotency;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Health;
using Clawdbot.Gateway.Ledger;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.Gateway.SharedStore;
using Clawdbot.Gateway.StatusPage;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace Clawdbot.Gateway;

/// <summary>What each room needs from the container. <c>Program.cs</c> calls these in the order of a request.</summary>
internal static class Composition
{
    /// <summary>The public listener(s), and behind them the internal one.</summary>
    public static void Listen(this WebApplicationBuilder builder)
    {
        var urls = ListenPolicy.Urls(builder.Configuration);
        if (ListenPolicy.Problem(urls, KeyRing.Read(builder.Configuration.GetSection(AuthOptions.Section))) is { } problem)
            throw new InvalidOperationException(problem);
        var edge = builder.Configuration.GetSection(EdgeOptions.Section).Get<EdgeOptions>() ?? new EdgeOptions();
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, ""); // is in urls; Kestrel would warn that it isn't looked at
        builder.WebHost.UseUrls(edge.InternalUrl.Length == 0 ? urls : [.. urls, edge.InternalUrl]);
        if (edge.InlineSockets)
            builder.WebHost.RunSocketsInline();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // BodyReader holds the cap, and says so in the API's own words
        });
        // A planned stop: not ready, then finishes what runs.
        builder.Services.PostConfigure<EdgeOptions>(o => o.LeaveMilliseconds ??= builder.Environment.IsDevelopment() ? 0 : 5000);
        builder.Services.AddSingleton<GracefulShutdown>().AddHostedService(services => services.GetRequiredService<GracefulShutdown>());
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(150));
    }

    public static void AddEdge(this WebApplicationBuilder builder)
    {
        builder.AddRoom<EdgeOptions>(EdgeOptions.Section);
        builder.AddRoom<IdempotencyOptions>(IdempotencyOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<EdgeOptions>, SpoolRule>().AddSingleton<Spool>().AddSingleton<BodyReader>();
        builder.Services.AddSingleton<RequestPath>().AddSingleton<RequestReader>().AddSingleton<CompletionHandler>().AddSingleton<RequestAccounting>().AddSingleton<KeyedRuns>().AddSingleton<IdempotentPath>().AddSingleton<ModelsEndpoint>();
        builder.Services.AddSingleton<AdminEndpoints>().AddSingleton<InternalListener>();
    }

    public static void AddAuth(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<KeyRing>().AddSingleton<Authenticator>();

    public static void AddAdmission(this WebApplicationBuilder builder)
    {
        builder.AddRoom<AdmissionOptions>(AdmissionOptions.Section);
        builder.Services.AddSingleton<AdmissionQueue>().AddSingleton<TenantQuotas>();
    }

    public static void AddFailover(this WebApplicationBuilder builder)
    {
        builder.AddRoom<FailoverOptions>(FailoverOptions.Section);
        builder.Services.AddSingleton<FailoverServices>().AddSingleton<ExclusivePlacement>().AddSingleton<PoisonQuarantine>().AddSingleton<AttemptRunner>().AddSingleton<ReplicaSearch>().AddSingleton<RetryBudget>();
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<Hedges>(services, () => services.GetRequiredService<AdmissionQueue>().Queued));
    }

    public static void AddRouting(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
        builder.AddRoom<RoutingOptions>(RoutingOptions.Section);
        builder.Services.AddSingleton<LeastLoadedPicker>().AddSingleton<ReplicaPicker>();
    }

    public static void AddForwarding(this WebApplicationBuilder builder)
    {
        builder.AddRoom<ForwardingOptions>(ForwardingOptions.Section);
        builder.Services.AddSingleton<Forwarder>().AddSingleton<Deadlines>().AddSingleton<ShimVerbs>().AddSingleton<AttemptCostClient>();
        // A bare invoker: no resilience handler, no retries, no timeouts but our own clocks.
        builder.Services.AddSingleton(services => new HttpMessageInvoker(FleetHandler.Create(
            () => services.GetRequiredService<IOptions<FleetOptions>>().Value.Secret,
            TimeSpan.FromMilliseconds(services.GetRequiredService<IOptions<ForwardingOptions>>().Value.ConnectMilliseconds),
            builder.Configuration.IsTraced(), services.GetRequiredService<TimeProvider>())));
    }

    public static void AddDiscovery(this WebApplicationBuilder builder)
    {
        builder.AddRoom<DiscoveryOptions>(DiscoveryOptions.Section);
        builder.Services.PostConfigure<DiscoveryOptions>(o => o.LocalReplicas ??= o.Replicas.Count == 0 && o.File.Length == 0 && builder.Environment.IsDevelopment() ? 2 : 0);
        builder.Services.AddOptions<DiscoveryOptions>()
            .Validate(o => o.Replicas.Count + o.LocalReplicas > 0 || o.File.Length > 0,
                "No replica source. Set Discovery:Replicas:0 to a shim's address, Discovery:File to a file that lists replicas, "
                + "or Discovery:LocalReplicas to a number of local replicas. "
                + "(Only in the Development environment two local replicas are started by themselves.)")
            .Validate(o => o.Replicas.All(r => Uri.TryCreate(r, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"),
                "Every Discovery:Replicas entry must be an address such as http://10.0.0.7:8000.")
            .Validate(o => o.LocalReplicas is null or 0 || Directory.Exists(ShimCommand.Folder),
                "Discovery:LocalReplicas needs the shim beside the gateway, and container images have none. Set Discovery:Replicas:0 to a shim's address instead.");
        builder.Services.AddSingleton<LocalReplicas>();
        builder.Services.AddSingleton<IReplicaSource>(services => services.GetRequiredService<LocalReplicas>());
        builder.Services.AddSingleton<IReplicaSource, ConfiguredReplicas>();
        builder.Services.AddSingleton<IReplicaSource, FileReplicas>();

        var section = builder.Configuration.GetSection(DiscoveryOptions.Section);
        var configured = section.GetSection(nameof(DiscoveryOptions.Replicas)).GetChildren().Any() || section[nameof(DiscoveryOptions.File)] is { Length: > 0 };
        builder.Services.AddFleetOptions(builder.Configuration, required: configured);
        if (!configured)
        {
            // The gateway's own children are told their secrets at birth; nobody else needs to know them.
            builder.Services.PostConfigure<FleetOptions>(o => (o.Secret, o.AdminSecret) = (RandomNumberGenerator.GetHexString(48), RandomNumberGenerator.GetHexString(48)));
        }
    }

    public static void AddHealth(this WebApplicationBuilder builder)
    {
        builder.AddRoom<HealthOptions>(HealthOptions.Section);
        builder.Services.AddOptions<HealthOptions>().Validate(o => o.SlowFactor is 0 or >= 1.5,
            "Health:SlowFactor must be 0 (nobody is too slow) or at least 1.5: less than that tells no replica from another.");
        builder.Services.AddSingleton(services => new StatusListener(services.GetRequiredService<HttpMessageInvoker>(),
            services.GetRequiredService<IOptions<FleetOptions>>(), services.GetRequiredService<IOptions<HealthOptions>>().Value,
            services.GetRequiredService<GatewayInstance>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(GatewayInstance.Draw()).AddSingleton<RecycleConsent>().AddSingleton<QuarantineSync>().AddSingleton<FleetJudge>();
        builder.Services.AddHostedService<FleetMonitor>();
    }

    public static void AddReplicas(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ReplicaTable>().AddSingleton<FleetLatency>().AddSingleton<Quarantine>();
        builder.Services.AddReadiness<RoutableCheck>("replicas");
    }

    public static void AddSharedStore(this WebApplicationBuilder builder)
    {
        builder.AddRoom<SharedStoreOptions>(SharedStoreOptions.Section);
        builder.Services.AddOptions<SharedStoreOptions>()
            .Validate(o => o.Redis.Length == 0 || RedisConnection.Problem(o.Redis) is null, "SharedStore:Redis must be an address such as redis:6379.")
            .Validate(o => o.RedisPasswordFile is null || File.Exists(o.RedisPasswordFile), "SharedStore:RedisPasswordFile names a file that does not exist.");
        builder.Services.AddSingleton<LocalStore>().AddSingleton<RedisConnection>().AddSingleton(services => new FailOpenStore(
            new RedisStore(() => services.GetRequiredService<RedisConnection>().Database, services.GetRequiredService<TimeProvider>()), services.GetRequiredService<LocalStore>(),
            TimeSpan.FromMilliseconds(services.GetRequiredService<IOptions<SharedStoreOptions>>().Value.RedisMilliseconds),
            services.GetRequiredService<ILogger<FailOpenStore>>(), services.GetRequiredService<TimeProvider>()));
        if (!string.IsNullOrEmpty(builder.Configuration[$"{SharedStoreOptions.Section}:{nameof(SharedStoreOptions.Redis)}"]))
            builder.Services.AddSingleton<ISharedStore>(services => services.GetRequiredService<FailOpenStore>()).AddHostedService<ConcurrencyExchange>();
        else
            builder.Services.AddSingleton<ISharedStore>(services => services.GetRequiredService<LocalStore>());
    }

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<FailoverLog>();
        builder.Services.AddSingleton(services =>
        {
            services.GetRequiredService<MeterProvider>(); // it must listen before the counters say that they begin at 0
            var metrics = new GatewayMetrics(services.GetRequiredService<IMeterFactory>(), services.GetRequiredService<ReplicaTable>());
            var queue = services.GetRequiredService<AdmissionQueue>();
            var picker = services.GetRequiredService<ReplicaPicker>();
            metrics.RoutingOpened(() => picker.Home, () => picker.Spilled, () => picker.Plain);
            var quarantine = services.GetRequiredService<Quarantine>();
            metrics.QuarantineOpened(() => quarantine.Entries?.Count ?? 0);
            metrics.AdmissionOpened(() => queue.Active, () => queue.Queued, queue.QueueLimit);
            var bodies = services.GetRequiredService<BodyReader>();
            metrics.BodiesOpened(() => bodies.Held, () => bodies.Spooled);
            if (services.GetRequiredService<ISharedStore>() is FailOpenStore store)
                metrics.StoreOpened(() => store.IsShared ? 1 : 0, () => store.Fallbacks);
            return metrics;
        });
        // OpenTelemetry folds what is beyond 2,000 series into one; six states and a dozen outcomes of a thousand replicas are more.
        var many = new MetricStreamConfiguration { CardinalityLimit = 16_384 };
        builder.Services.ConfigureOpenTelemetryMeterProvider(meters => meters
            .AddView("clawdbot.gateway.replica.*", many).AddView("clawdbot.gateway.attempts", many));
    }

    public static void AddLedger(this WebApplicationBuilder builder)
    {
        builder.AddRoom<LedgerOptions>(LedgerOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<LedgerOptions>, LedgerRule>().AddSingleton<RequestLedger>();
        builder.Services.AddHostedService<LedgerWriter>();
    }

    public static void AddStatusPage(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<FleetReport>().AddSingleton<StatusEndpoints>();

    private static void AddRoom<TOptions>(this WebApplicationBuilder builder, string section) where TOptions : class =>
        builder.Services.AddOptions<TOptions>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
}
