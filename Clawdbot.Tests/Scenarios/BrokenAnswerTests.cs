using System.Diagnostics;
using System.Text;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;
using ChatClient = Clawdbot.Testing.Load.ChatClient;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Answers that break off for good after five tokens: whatever the client, it notices.</summary>
public sealed class BrokenAnswerTests : IAsyncLifetime
{
    private const string Python = """
        import http.client, json, sys
        connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]))
        connection.request("POST", "/v1/chat/completions", sys.argv[3], {"Content-Type": "application/json"})
        try:
            connection.getresponse().read()
            print("whole")
        except http.client.IncompleteRead as e:
            print("IncompleteRead", b"cannot_continue" in e.partial)
        """;

    private ScriptedFleet _fleet = null!;

    public async ValueTask InitializeAsync()
    {
        _fleet = await ScriptedFleet.StartAsync(1, shim => shim.Continuation = Clawdbot.ServiceDefaults.Wire.ContinuationKind.None);
        _fleet.Script.Enqueue(async g =>
        {
            await g.StartAsync();
            await g.TokensAsync(5); // and no more: a reset could take the tokens with it
        });
    }

    public ValueTask DisposeAsync() => _fleet.DisposeAsync();

    [Fact]
    public async Task The_response_has_the_error_event_and_no_end()
    {
        var body = ChatClient.Body("\"count\"", stream: true, seed: null);
        var (status, answer) = await Deploy.RawHttp.SendAsync(_fleet.Gateway.Address,
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        Assert.Equal(200, status);
        Assert.Contains("word4 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"cannot_continue\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n0\r\n", answer, StringComparison.Ordinal); // the last chunk
        Assert.DoesNotContain("[DONE]", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", _fleet.Gateway.Program.Output, StringComparison.Ordinal); // no fault of the gateway
    }

    [Theory]
    [InlineData(DotNetClientKind.OpenAi)]
    [InlineData(DotNetClientKind.ExtensionsAi)]
    [InlineData(DotNetClientKind.SemanticKernel)]
    public async Task The_clients_for_NET_throw(DotNetClientKind kind)
    {
        var text = new StringBuilder();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await foreach (var piece in DotNetClient.AskAsync(kind, _fleet.Gateway.Address, "count", stream: true))
                text.Append(piece);
        });
        Assert.Equal("word0 word1 word2 word3 word4 ", text.ToString());
    }

    [Fact]
    public async Task Pythons_own_client_throws()
    {
        var body = ChatClient.Body("\"count\"", stream: true, seed: null);
        var start = new ProcessStartInfo(Require.Program("/usr/bin/python3", "python3")) { RedirectStandardOutput = true };
        foreach (var argument in (string[])["-c", Python, _fleet.Gateway.Address.Host, $"{_fleet.Gateway.Address.Port}", body])
            start.ArgumentList.Add(argument);
        using var python = Process.Start(start)!;

        Assert.Equal("IncompleteRead True\n", await python.StandardOutput.ReadToEndAsync());
    }

    [Fact]
    public async Task Who_joined_by_the_same_key_notices_too()
    {
        var isSeen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _fleet.Script.Clear();
        _fleet.Script.Enqueue(async g =>
        {
            await g.StartAsync();
            await g.TokensAsync(5);
            await isSeen.Task;
        });
        using var first = await SendAsync();
        using var joined = await SendAsync();
        using var reader = new StreamReader(await joined.Content.ReadAsStreamAsync());
        Assert.Equal("joined", Assert.Single(joined.Headers.GetValues("X-Clawdbot-Idempotent")));
        await reader.ReadLineAsync();
        isSeen.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(reader.ReadToEndAsync);
        await Assert.ThrowsAnyAsync<Exception>(() => first.Content.ReadAsStringAsync());

        async Task<HttpResponseMessage> SendAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            {
                Content = new StringContent(ChatClient.Body("\"count\"", stream: true, seed: null), Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", "broken");
            return await _fleet.Gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
    }
}
