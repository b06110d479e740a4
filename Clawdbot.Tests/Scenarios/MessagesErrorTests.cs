using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Errors of /v1/messages have the shape of Anthropic's API, wherever they arise.</summary>
public sealed class MessagesErrorTests
{
    private const string Key = "key-of-acme";

    [Fact]
    public async Task Every_error_has_its_shape()
    {
        await using var fleet = await ScriptedFleet.StartAsync(1, "--Edge:MaxBodyBytes=10000", "--Failover:ReplicaWaitSeconds=1", "--Admission:NoReplicaSeconds=1");
        var http = fleet.Gateway.Http;
        var good = MessagesClient.Body(stream: false);

        Assert.Equal((400, "invalid_request_error", "invalid_json", null), await ErrorAsync(http, MessagesClient.Request("{")));
        Assert.Equal((400, "invalid_request_error", "missing_field", "max_tokens"), await ErrorAsync(http, MessagesClient.Request("""{"model":"m"}""")));
        Assert.Equal((400, "invalid_request_error", "thread_unsupported_request", "thread"), await ErrorAsync(http, MessagesClient.Request(MessagesClient.Body(true, ""","thread":{"type":"create"}"""))));
        Assert.Equal((400, "invalid_request_error", "invalid_type", "temperature"), await ErrorAsync(http, MessagesClient.Request(MessagesClient.Body(true, ""","temperature":"hot" """))));
        Assert.Equal((400, "invalid_request_error", "invalid_header", "X-Clawdbot-Continue"), await ErrorAsync(http, MessagesClient.Request(good, "X-Clawdbot-Continue", "maybe")));
        Assert.Equal((403, "permission_error", "not_local", null), await ErrorAsync(http, MessagesClient.Request(good, "Via", "1.1 proxy")));
        Assert.Equal((404, "not_found_error", "model_not_found", "model"), await ErrorAsync(http, MessagesClient.Request(MessagesClient.Body(true, model: "claude-9"))));
        Assert.Equal((404, "not_found_error", "unknown_url", null), await ErrorAsync(http, new(HttpMethod.Post, "/v1/messages/count_tokens")));
        Assert.Equal((405, "invalid_request_error", "method_not_allowed", null), await ErrorAsync(http, new(HttpMethod.Get, "/v1/messages")));
        Assert.Equal((413, "request_too_large", "body_too_large", null), await ErrorAsync(http, MessagesClient.Request(MessagesClient.Body(true, content: $"\"{new string('a', 10_000)}\""))));
        Assert.Equal((415, "invalid_request_error", "unsupported_media_type", null), await ErrorAsync(http, new(HttpMethod.Post, "/v1/messages") { Content = new StringContent(good) }));

        fleet.RefuseAll(503, "7");
        foreach (var stream in (bool[])[true, false])
            Assert.Equal((429, "rate_limit_error", "saturated", null), await ErrorAsync(http, MessagesClient.Request(MessagesClient.Body(stream)), isRetried: true));
        fleet.RefuseNobody();
        await fleet.Shims[0].DisposeAsync();
        await fleet.Gateway.Fleet.UntilAsync(f => f.Replicas[0].State == "Ejected");
        Assert.Equal((503, "overloaded_error", "no_replica", null), await ErrorAsync(http, MessagesClient.Request(good), isRetried: true));
    }

    [Fact]
    public async Task A_key_is_taken_from_either_header_and_a_wrong_one_is_told_so()
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Key)));
        await using var shim = await HostedShim.FastAsync();
        await using var gateway = await HostedGateway.StartAsync($"--Discovery:Replicas:0={shim.Address}", "--Auth:Keys:0:Tenant=acme", $"--Auth:Keys:0:Sha256={hash}", "--Admission:NoReplicaSeconds=30");
        var body = MessagesClient.Body(stream: false);

        Assert.Equal((401, "authentication_error", "missing_api_key", null), await ErrorAsync(gateway.Http, MessagesClient.Request(body)));
        Assert.Equal((401, "authentication_error", "invalid_api_key", null), await ErrorAsync(gateway.Http, MessagesClient.Request(body, "x-api-key", "key-of-nobody")));
        for (var i = 0; i < 2; i++) // the connection is used again
        {
            Assert.Equal(200, (await MessagesClient.SendAsync(gateway.Http, MessagesClient.Request(body, "x-api-key", Key))).Status);
            using var bearer = MessagesClient.Request(body);
            bearer.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            Assert.Equal(200, (await MessagesClient.SendAsync(gateway.Http, bearer)).Status);
            using var models = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
            models.Headers.Add("x-api-key", Key);
            Assert.Equal(200, (await MessagesClient.SendAsync(gateway.Http, models)).Status);
        }
    }

    /// <summary>Status, type, code and param of an error, which must be in shape.</summary>
    private static async Task<(int Status, string? Type, string? Code, string? Param)> ErrorAsync(HttpClient http, HttpRequestMessage request, bool isRetried = false)
    {
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        request.Dispose();
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(text);
        var (root, error) = (document.RootElement, document.RootElement.GetProperty("error"));
        Assert.Equal(isRetried, response.Headers.RetryAfter is not null);
        Assert.Equal(("application/json", "error", response.Headers.TryGetValues("X-Request-Id", out var ids) ? ids.Single() : null),
            (response.Content.Headers.ContentType?.MediaType, root.GetProperty("type").GetString(), root.GetProperty("request_id").GetString()));
        Assert.True(error.GetProperty("message").GetString() is { Length: > 10 }, text);
        if (error.TryGetProperty("details", out var details)) // by which Anthropic's SDKs know that they must send the whole conversation
            Assert.Equal(error.GetProperty("code").GetString(), details.GetProperty("error_code").GetString());
        return ((int)response.StatusCode, error.GetProperty("type").GetString(), error.GetProperty("code").GetString(), error.TryGetProperty("param", out var param) ? param.GetString() : null);
    }
}
