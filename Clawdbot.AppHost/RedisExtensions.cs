using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Clawdbot.AppHost;

/// <summary>Redis in a container.</summary>
internal sealed class RedisResource(string name) : ContainerResource(name);

/// <summary>Redis as a program of this machine.</summary>
internal sealed class RedisProgram(string name, string program, string folder) : ExecutableResource(name, program, folder);

/// <summary>Redis holds what gateways count together: limits of tenants, idempotency keys, quarantine. It is empty at each start.</summary>
internal static class RedisExtensions
{
    private static readonly InstalledProgram Program = new("redis-server", "apt-get install redis-server");

    /// <summary>Adds Redis when the application is run here; null where it can't be. A deployment that wants one brings its own.</summary>
    public static IResourceBuilder<IResourceWithEndpoints>? AddRedis(this IDistributedApplicationBuilder builder, string name)
    {
        if (builder.ExecutionContext.IsPublishMode)
            return null;
        if (builder.RunsContainers())
        {
            return builder.AddResource(new RedisResource(name))
                .WithImage("redis", "8.6")
                .WithEndpoint(targetPort: 6379, name: "tcp", scheme: "tcp")
                .WithArgs("--save", "", "--appendonly", "no")
                .AsRedis();
        }
        if (Program.Path() is not { } program)
        {
            const string consequence = "Until then a tenant's limits hold for all gateways together to within a fifth only.";
            builder.AddMissingProgram(name, Program, consequence).InServing(ServingType.SharedStore);
            return null;
        }
        var redis = builder.AddResource(new RedisProgram(name, program, builder.CreateProgramFolder(name)))
            .WithEndpoint(name: "tcp", scheme: "tcp", isProxied: false);
        return redis
            .WithArgs("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port")
            .WithArgs(context => context.Args.Add(redis.GetEndpoint("tcp").Property(EndpointProperty.TargetPort)))
            .AsRedis();
    }

    /// <summary>Tells the gateways where it is. They serve without it, too.</summary>
    public static void WithSharedStore(
        this IReadOnlyList<IResourceBuilder<ProjectResource>> gateways, IResourceBuilder<IResourceWithEndpoints>? redis)
    {
        if (redis is null)
            return;
        foreach (var gateway in gateways)
            gateway.WithEnvironment("SharedStore__Redis", redis.GetEndpoint("tcp").Property(EndpointProperty.HostAndPort));
    }

    private static IResourceBuilder<T> AsRedis<T>(this IResourceBuilder<T> redis) where T : IResourceWithEndpoints
    {
        var endpoint = redis.GetEndpoint("tcp");
        var check = $"{redis.Resource.Name}-ping";
        redis.ApplicationBuilder.Services.AddHealthChecks().AddAsyncCheck(check, cancellation => PingAsync(endpoint, cancellation));
        return redis
            .WithHealthCheck(check)
            .WithIconName("Database")
            .WithUrlForEndpoint("tcp", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithRestarts()
            .InServing(ServingType.SharedStore);
    }

    private static async Task<HealthCheckResult> PingAsync(EndpointReference endpoint, CancellationToken cancellation)
    {
        if (!endpoint.IsAllocated)
            return HealthCheckResult.Unhealthy("It is not started yet.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(endpoint.Host, endpoint.Port, limit.Token);
            await client.GetStream().WriteAsync("PING\r\n"u8.ToArray(), limit.Token);
            var answer = new byte[64];
            var length = await client.GetStream().ReadAsync(answer, limit.Token);
            var text = Encoding.ASCII.GetString(answer, 0, length).Trim();
            return text == "+PONG"
                ? HealthCheckResult.Healthy("PING is answered.")
                : HealthCheckResult.Unhealthy($"PING is answered by '{text}'.");
        }
        catch (Exception fault) when (fault is SocketException or IOException or OperationCanceledException
            && !cancellation.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"PING is not answered: {fault.Message}");
        }
    }
}
