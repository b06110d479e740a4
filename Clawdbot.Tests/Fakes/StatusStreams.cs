using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Fakes;

/// <summary>The other end of status streams: a test says what the shim at an address says.</summary>
internal sealed class StatusStreams : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, Pipe> _streams = [];

    /// <summary>Sends a status, to whoever listens now or will.</summary>
    public async Task SayAsync(Uri address, ShimStatus status)
    {
        var stream = Stream(address).Writer;
        await stream.WriteAsync(
            (byte[])[.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(status, WireJson.Default.ShimStatus), .. "\n\n"u8]);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StreamContent(Stream(request.RequestUri!).Reader.AsStream()),
        });

    private Pipe Stream(Uri address) => _streams.GetOrAdd(address.Authority, _ => new Pipe());
}
