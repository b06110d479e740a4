using System.Text;
using Clawdbot.Testing.Load;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Fakes;

/// <summary>
/// A proxy with a planted defect: it takes a good answer apart and puts it together wrongly. An event list has each event
/// with its blank line; a plain answer is a list of one.
/// </summary>
internal sealed class PlantedProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _upstream;

    private PlantedProxy(WebApplication app, HttpClient upstream) => (_app, _upstream) = (app, upstream);

    public Uri Address { get; private set; } = null!;

    /// <summary>What it does to an answer; null at the end of the list makes it break the connection there.</summary>
    public Func<List<string>, IEnumerable<string?>> Defect { get; set; } = events => events;

    public static async Task<PlantedProxy> StartAsync(Uri upstream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var proxy = new PlantedProxy(app, Clients.Create(upstream, null));
        app.MapPost("/v1/chat/completions", proxy.CarryAsync);
        await app.StartAsync();
        proxy.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _upstream.Dispose();
    }

    private async Task CarryAsync(HttpContext http)
    {
        using var body = new StreamContent(http.Request.Body);
        body.Headers.ContentType = new("application/json");
        using var answer = await _upstream.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), body);
        var text = await answer.Content.ReadAsStringAsync();
        http.Response.StatusCode = (int)answer.StatusCode;
        http.Response.ContentType = answer.Content.Headers.ContentType!.ToString();
        foreach (var piece in Defect([.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(e => text.Contains("\n\n", StringComparison.Ordinal) ? e + "\n\n" : e)]))
        {
            if (piece is null)
            {
                http.Abort();
                return;
            }
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(piece));
            await http.Response.Body.FlushAsync();
        }
    }
}
