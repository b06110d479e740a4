using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Deploy;

/// <summary>A server in a gateway's place that keeps what it was sent.</summary>
internal sealed class StandIn : IAsyncDisposable
{
    /// <summary>Request header: drop this one.</summary>
    public const string Drop = "X-Drop";

    private readonly WebApplication _app;

    private StandIn(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>Request target, headers and connection of every client's request.</summary>
    public ConcurrentQueue<(string Target, IReadOnlyDictionary<string, string> Headers, string Connection)> Seen { get; } = new();

    public static async Task<StandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var server = new StandIn(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        await http.Request.Body.CopyToAsync(Stream.Null);
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!http.Request.Headers.ContainsKey("X-Forwarded-For"))
            return; // a health check: of each request a front says for whom it is
        Seen.Enqueue((target, http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), http.Connection.Id));
        if (http.Request.Headers.ContainsKey(Drop))
            http.Abort();
    }
}
