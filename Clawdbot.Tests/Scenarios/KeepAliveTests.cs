using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A gateway that sends a sign of life after a second, over a replica that says nothing until the test lets it.</summary>
public sealed class KeepAliveTests
{
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_has_comments_while_its_replica_is_silent(bool hasBegun)
    {
        await using var fleet = await StartAsync(g => hasBegun ? g.HoldAsync(_release.Task) : HeldAsync(g));
        using var response = await SendAsync(fleet, stream: true);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = new List<string>();
        while (lines.Count(l => l == ": keep-alive") < 2)
            lines.Add((await reader.ReadLineAsync())!);
        Assert.Equal(hasBegun, lines.Any(l => l.Contains("word0", StringComparison.Ordinal)));

        _release.SetResult();
        var rest = await reader.ReadToEndAsync();
        Assert.Equal((200, "text/event-stream"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.StartsWith("chatcmpl-", Assert.Single(response.Headers.GetValues("X-Request-Id")), StringComparison.Ordinal);
        Assert.Contains($"word{HostileShim.Words - 1} ", rest, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_answer_has_white_space_before_it()
    {
        await using var fleet = await StartAsync(HeldAsync);
        using var response = await SendAsync(fleet, stream: false);
        var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[1];
        await body.ReadExactlyAsync(first);
        Assert.Equal((byte)' ', first[0]);

        _release.SetResult();
        using var document = await JsonDocument.ParseAsync(body);
        Assert.Equal(HostileShim.Answer,
            document.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task A_client_that_wants_none_gets_its_answer_with_its_length()
    {
        await using var fleet = await StartAsync(HeldAsync, HeldAsync);
        var none = SendAsync(fleet, stream: false, ("X-Clawdbot-Keep-Alive", "off"));
        using (var other = await SendAsync(fleet, stream: false))
            await (await other.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[3]); // as many signs of life as the first one might have
        Assert.False(none.IsCompleted);

        _release.SetResult();
        using var response = await none;
        Assert.NotNull(response.Content.Headers.ContentLength);
        Assert.StartsWith("{", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refusal_after_signs_of_life_is_in_the_answer_and_the_connection_is_cut(bool stream)
    {
        await using var gateway = await GatewayProcess.StartAsync(
            "--Edge:KeepAliveSeconds=1", "--Admission:NoReplicaSeconds=3", $"--Fleet:Secret={ShimHost.Secret}",
            "--Discovery:Replicas:0=http://127.0.0.1:1");
        var body = ChatClient.Body("\"hello\"", stream, seed: null);
        var (status, answer) = await Deploy.RawHttp.SendAsync(gateway.Address, Request(body));

        Assert.Equal(200, status);
        Assert.Contains(stream ? ": keep-alive\n\n" : "\r\n \r\n", answer, StringComparison.Ordinal);
        Assert.Contains("no_replica", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n0\r\n", answer, StringComparison.Ordinal); // no last chunk
        Assert.DoesNotContain("fail:", gateway.Program.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Yes")]
    [InlineData("10")]
    public async Task What_the_header_can_be_is_said(string value)
    {
        await using var fleet = await StartAsync();
        using var response = await SendAsync(fleet, stream: true, ("X-Clawdbot-Keep-Alive", value));

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("on or off", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string Request(string body) => "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + $"Connection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    private async Task HeldAsync(HostileShim.HostileGeneration generation)
    {
        await _release.Task.WaitAsync(generation.Http.RequestAborted);
        await generation.WholeAsync();
    }

    private static async Task<ScriptedFleet> StartAsync(params Misbehaviour[] script)
    {
        var fleet = await ScriptedFleet.StartAsync(
            1, "--Edge:KeepAliveSeconds=1", "--Failover:Hedge=false", "--Forwarding:FirstTokenMilliseconds=120000",
            "--Forwarding:NextTokenMilliseconds=120000", "--Health:SilenceMilliseconds=60000");
        foreach (var misbehaviour in script)
            fleet.Script.Enqueue(misbehaviour);
        return fleet;
    }

    private static async Task<HttpResponseMessage> SendAsync(ScriptedFleet fleet, bool stream, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(ChatClient.Body("\"count\"", stream, seed: null), new MediaTypeHeaderValue("application/json")),
        };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await fleet.Gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
