using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Fakes;

/// <summary>Takes what processes export by OTLP over HTTP, and keeps it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> _exports = new();
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>All spans that came.</summary>
    public IReadOnlyList<OtlpSpan> Spans => [.. _spans];

    private string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(app);
        foreach (var signal in (string[])["traces", "metrics", "logs"])
            app.MapPost($"/v1/{signal}", http => receiver.TakeAsync(http, signal));
        await app.StartAsync();
        return receiver;
    }

    /// <summary>What tells a process to export to here.</summary>
    /// <param name="service">The process's name.</param>
    public IReadOnlyDictionary<string, string> Environment(string service) => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_SERVICE_NAME"] = service,
    };

    /// <summary>Everything that came of a signal, as it came.</summary>
    /// <param name="signal"><c>traces</c>, <c>metrics</c> or <c>logs</c>.</param>
    public IReadOnlyList<byte[]> Exports(string signal) => [.. _exports.Where(e => e.Signal == signal).Select(e => e.Body)];

    /// <summary>Waits for so many spans; fails with those that came after a minute.</summary>
    public async Task UntilAsync(int spans)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        while (_spans.Count < spans)
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"{_spans.Count} spans came instead of {spans}:\n{string.Join('\n', _spans)}");
            await Task.Delay(Look, TimeProvider.System);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http, string signal)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _exports.Enqueue((signal, body.ToArray()));
        if (signal == "traces")
        {
            foreach (var span in OtlpSpan.ReadAll(body.ToArray()))
                _spans.Enqueue(span);
        }
        http.Response.ContentType = "application/x-protobuf"; // of no bytes: everything was taken
    }
}
