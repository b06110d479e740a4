using System.Text.Json;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>What a gateway is told of a request and its client, and what the log tells.</summary>
public abstract class FrontHeaderTests(FrontKind kind)
{
    private const string Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task Tracing_and_the_key_pass_unchanged_and_what_the_client_says_of_itself_does_not()
    {
        await using var gateway = await StandIn.StartAsync();
        await using var front = await FrontProcess.StartAsync(kind, gateway.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models?x=1&y=%2F");
        foreach (var (name, value) in ((string, string)[])[("traceparent", Traceparent), ("tracestate", "vendor=1,other=2"), ("Authorization", "Bearer the-key"),
            ("X-Forwarded-For", "203.0.113.9, 10.0.0.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"), ("X-Request-Id", "mine"),
            ("X-Real-IP", "203.0.113.9"), ("Forwarded", "for=203.0.113.9"), ("X-Clawdbot-Continue", "exact"), ("Host", "chat.example:8443")])
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await front.Http.SendAsync(request);

        var (target, headers, _) = Assert.Single(gateway.Seen);
        Assert.Equal("/v1/models?x=1&y=%2F", target);
        Assert.Equal((Traceparent, "vendor=1,other=2", "Bearer the-key", "exact"),
            (headers["traceparent"], headers["tracestate"], headers["Authorization"], headers["X-Clawdbot-Continue"]));
        // Nginx sends the host without its port, HAProxy as it came.
        Assert.Equal(("127.0.0.1", "http", kind == FrontKind.Nginx ? "chat.example" : "chat.example:8443", "chat.example:8443"),
            (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"], headers["Host"], headers["X-Forwarded-Host"]));
        Assert.Equal("mine", headers["X-Request-Id"]);
        Assert.All((string[])["X-Real-IP", "Forwarded", "Connection"], name => Assert.DoesNotContain(name, headers));
        Assert.Equal(Traceparent, Assert.Single(await front.LoggedAsync(1, "/v1/models")).Traceparent);
    }

    [Theory]
    [InlineData("01J9Z3-a.b_c:d", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a\"b", false)]
    [InlineData("{137}", false)]
    public async Task A_client_s_own_id_of_its_request_passes_if_it_is_fit_for_logs(string id, bool passes)
    {
        await using var gateway = await StandIn.StartAsync();
        await using var front = await FrontProcess.StartAsync(kind, gateway.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.TryAddWithoutValidation("X-Request-Id", id == "{137}" ? new string('a', 137) : id);
        using var response = await front.Http.SendAsync(request);

        Assert.Equal(passes ? id : null, Assert.Single(gateway.Seen).Headers.GetValueOrDefault("X-Request-Id"));
    }

    [Fact]
    public async Task The_gateway_gets_the_path_that_the_front_judged()
    {
        await using var gateway = await StandIn.StartAsync();
        await using var front = await FrontProcess.StartAsync(kind, gateway.Address);
        foreach (var path in (string[])["/admin/../v1//models", "/admin/x%2f..%2f..%2fv1/models", "/v1/./a%20b", "/v1/a%3Fb", "/admin/%2e%2e/page.js?x=1",
            "http://localhost/v1/models?x=1"])
            await RawHttp.AskAsync(front.Address, "GET", path);

        // HAProxy refuses what it would have to clean.
        string[] passed = kind == FrontKind.Nginx ? ["/v1/models", "/v1/models", "/v1/a%20b", "/v1/a%3Fb", "/page.js", "/v1/models?x=1"] : ["/v1/a%3Fb", "/v1/models?x=1"];
        Assert.Equal(passed, gateway.Seen.Select(s => s.Target));
    }

    [Fact]
    public async Task Connections_to_the_gateways_are_used_again()
    {
        await using var gateway = await StandIn.StartAsync();
        await using var front = await FrontProcess.StartAsync(kind, gateway.Address);
        for (var i = 0; i < 50; i++)
            await front.Http.GetStringAsync("/v1/models");

        Assert.Equal(50, gateway.Seen.Count);
        Assert.InRange(gateway.Seen.Select(s => s.Connection).Distinct().Count(), 1, 2);
    }

    [Fact]
    public async Task A_client_without_Host_or_HTTP_1_1_is_served_too()
    {
        await using var gateway = await StandIn.StartAsync();
        await using var front = await FrontProcess.StartAsync(kind, gateway.Address);

        Assert.Equal(200, (await RawHttp.SendAsync(front.Address, "GET /health HTTP/1.0\r\n\r\n")).Status);
        Assert.Equal("clawdbot", Assert.Single(gateway.Seen).Headers["Host"]);
    }

    [Fact]
    public async Task The_access_log_is_JSON_and_holds_neither_keys_nor_bodies()
    {
        await using var gateway = await StandIn.StartAsync();
        await using var front = await FrontProcess.StartAsync(kind, gateway.Address);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions?api_key=the-secret") { Content = new StringContent("the-secret") };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer the-secret");
        request.Headers.TryAddWithoutValidation("Cookie", "key=the-secret");
        request.Headers.TryAddWithoutValidation("User-Agent", "a \"quoted\" one\\");
        using (await front.Http.SendAsync(request))
            await front.LoggedAsync(1);

        Assert.DoesNotContain("the-secret", front.Program.Output, StringComparison.Ordinal);
        using var line = JsonDocument.Parse(front.Program.Output.Split('\n').Single(l => l.StartsWith('{')));
        Assert.Equal("a \"quoted\" one\\", line.RootElement.GetProperty("user_agent").GetString());
        Assert.Equal(gateway.Address.Authority, line.RootElement.GetProperty("upstream_addr").GetString());
        Assert.Equal("200", line.RootElement.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Number, line.RootElement.GetProperty(kind == FrontKind.Nginx ? "request_time" : "request_ms").ValueKind);
    }
}

/// <inheritdoc/>
public sealed class NginxHeaderTests() : FrontHeaderTests(FrontKind.Nginx);

/// <inheritdoc/>
public sealed class HaProxyHeaderTests() : FrontHeaderTests(FrontKind.HaProxy);
