using System.Net;
using System.Net.Sockets;
using System.Text;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Engines.Http;

/// <summary>Calls to an engine that closes connections.</summary>
public sealed class EngineConnectionTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public EngineConnectionTests() => _listener.Start();

    [Fact]
    public async Task A_connection_that_was_kept_and_is_closed_when_it_is_used_again_is_no_failure()
    {
        using var engine = Connection();
        var server = Task.Run(async () =>
        {
            using (var kept = await _listener.AcceptTcpClientAsync())
            {
                await AnswerAsync(kept);
                await RequestAsync(kept); // and closes
            }
            using var fresh = await _listener.AcceptTcpClientAsync();
            return await AnswerAsync(fresh);
        });
        using (await engine.GetJsonAsync("/", CancellationToken.None))
        {
        }
        using var response = await engine.SendAsync(HttpMethod.Post, "/", new StringContent("the body"), CancellationToken.None);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.EndsWith("the body", await server, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_whose_own_connection_is_closed_is_sent_once()
    {
        using var engine = Connection();
        var server = Task.Run(async () =>
        {
            using (var first = await _listener.AcceptTcpClientAsync())
                await RequestAsync(first);
            return _listener.Pending();
        });

        var fault = await Assert.ThrowsAsync<EngineFailureException>(
            () => engine.SendAsync(HttpMethod.Post, "/", new StringContent("x"), CancellationToken.None));
        Assert.Equal("engine_unreachable", fault.Code);
        Assert.False(await server);
        Assert.False(_listener.Pending());
    }

    public void Dispose() => _listener.Dispose();

    private EngineConnection Connection() =>
        new(Options.Create(new EngineOptions { Address = $"http://{_listener.LocalEndpoint}" }), TimeProvider.System);

    private static async Task<string> AnswerAsync(TcpClient client)
    {
        var request = await RequestAsync(client);
        await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"u8.ToArray());
        return request;
    }

    /// <summary>Reads a request to the end of its body.</summary>
    private static async Task<string> RequestAsync(TcpClient client)
    {
        var (text, buffer) = ("", new byte[4096]);
        while (!text.Contains("\r\n\r\n", StringComparison.Ordinal) || (text.StartsWith("POST", StringComparison.Ordinal) && text.EndsWith("\r\n\r\n", StringComparison.Ordinal)))
        {
            var read = await client.GetStream().ReadAsync(buffer);
            if (read == 0)
                break;
            text += Encoding.ASCII.GetString(buffer, 0, read);
        }
        return text;
    }
}
