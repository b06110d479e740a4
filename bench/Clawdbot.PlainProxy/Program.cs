using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Yarp.ReverseProxy.Configuration;

// The peer of drills and benchmarks: YARP as its first page shows it, and nothing more. No health checks, as in its
// default; power of two choices, as in its default. --Upstream:0=http://127.0.0.1:8000 --Upstream:1=...
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
if (builder.Configuration.GetValue("Inline", false))
{
    // The switches that our gateway ships with, for a comparison like with like.
    Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
    builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
}
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
var destinations = builder.Configuration.GetSection("Upstream").GetChildren()
    .ToDictionary(upstream => upstream.Key, upstream => new DestinationConfig { Address = upstream.Value! });
if (destinations.Count == 0)
    throw new InvalidOperationException("Name at least one upstream: --Upstream:0=http://127.0.0.1:8000");
builder.Services.AddReverseProxy().LoadFromMemory(
    [new RouteConfig { RouteId = "all", ClusterId = "all", Match = new RouteMatch { Path = "/{**rest}" } }],
    [new ClusterConfig { ClusterId = "all", Destinations = destinations }]);

var app = builder.Build();
app.MapReverseProxy();
app.Lifetime.ApplicationStarted.Register(() => Console.Out.WriteLine($"plain proxy listening on {app.Urls.First()}"));
app.Run();
