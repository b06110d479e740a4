using System.Security.Cryptography;
using System.Text;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Real gateways and two tenants.</summary>
public sealed class TenantTests(FastGateway fast) : IClassFixture<FastGateway>
{
    /// <summary>Its answer has at least as many words.</summary>
    private const string Long = "the quick brown fox jumps over the lazy dog, and the lazy dog does not care at all whatever the quick brown fox does";

    [Fact]
    public async Task A_flood_of_one_tenant_leaves_a_place_for_another_and_the_flood_is_shed_first()
    {
        // On a busy machine a replica may be silent, the waits for places look long, and the requests come over seconds: their answers are long.
        await using var gateway = await StartAsync(2, 1, "--Engine:Capacity=5", "--Admission:QueueLimit=10", "--Admission:QueueSeconds=3600",
            "--Admission:ReserveSeconds=600", "--Failover:Hedge=false", "--Health:SilenceMilliseconds=60000");
        using var acme = With(gateway, "acme");
        using var flood = With(gateway, "flood");
        Assert.Equal(200, (await AskAsync(acme)).Status); // it has been there lately
        using var leave = new CancellationTokenSource();
        var asked = Enumerable.Range(0, 30).Select(_ => new ChatClient(flood).AskAsync(Long, stream: true, cancellation: leave.Token)).ToList();
        await gateway.Fleet.UntilAsync(f => f is { Active: 9, Queued: 10 });

        var first = await AskAsync(acme);
        Assert.Equal((200, "length"), (first.Status, first.Finish));
        var shed = await Task.WhenAny(asked);
        Assert.Equal((429, "saturated"), ((await shed).Status, (await shed).ErrorCode));
        Assert.InRange((await shed).RetryAfter!.Value, 1, 300);
        Assert.InRange(asked.Count(a => a.IsCompletedSuccessfully && a.Result.Status == 429), 11, 30);
        await leave.CancelAsync();
        await Task.WhenAll(asked);
    }

    [Fact]
    public async Task A_deadline_of_the_client_ends_its_request()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(1, 1, 0);
        gateway.Http.DefaultRequestHeaders.Add("X-Clawdbot-Deadline-Ms", "700");

        var plain = await gateway.Chat.AskAsync("hello", stream: false);
        Assert.Equal((504, "deadline_exceeded"), (plain.Status, plain.ErrorCode));
        var streamed = await gateway.Chat.AskAsync("hello", stream: true);
        Assert.Equal("deadline_exceeded", streamed.ErrorCode);
        Assert.False(streamed.Whole);
    }

    [Theory]
    [InlineData("X-Clawdbot-Priority", "urgent")]
    [InlineData("X-Clawdbot-Deadline-Ms", "soon")]
    [InlineData("X-Clawdbot-Deadline-Ms", "0")]
    [InlineData("X-Clawdbot-Deadline-Ms", "-5")]
    public async Task A_header_that_makes_no_sense_is_a_clear_error(string name, string value)
    {
        using var http = Clients.Create(fast.Process.Address, null);
        http.DefaultRequestHeaders.Add(name, value);

        var seen = await new ChatClient(http).AskAsync("hello", stream: false);
        Assert.Equal((400, "invalid_header"), (seen.Status, seen.ErrorCode));
    }

    [Fact]
    public async Task Limits_of_a_tenant_hold_on_two_gateways_together_and_without_Redis_requests_go_on()
    {
        await using var redis = await RedisServer.StartAsync();
        string[] settings = [$"--SharedStore:Redis={redis.Address}", "--SharedStore:RedisMilliseconds=500", "--Auth:Keys:0:RequestsPerMinute=4"];
        await using var one = await StartAsync(1, 0, settings);
        await using var other = await StartAsync(1, 0, settings);
        using var atOne = With(one, "acme");
        using var atOther = With(other, "acme");
        await UntilSharedAsync(one);
        await UntilSharedAsync(other);

        Assert.Equal([200, 200, 200, 200, 429, 429], await InTurnAsync(atOne, atOther));
        var refused = await AskAsync(atOne);
        Assert.Equal("tenant_requests", refused.ErrorCode);
        Assert.InRange(refused.RetryAfter!.Value, 1, 120);

        await redis.KillAsync();
        Assert.Equal(200, (await AskAsync(atOne)).Status); // now it counts by itself, and has no shim in common with the other one
        Assert.Equal(200, (await AskAsync(atOther)).Status);
        await UntilSharedAsync(one, isShared: false); // a single timeout is no outage yet
        await UntilSharedAsync(other, isShared: false);

        await redis.RestartAsync();
        await UntilSharedAsync(one);
        await UntilSharedAsync(other);
        // Redis has forgotten everything; each gateway remembers the three that it let in.
        Assert.Equal([200, 200, 429, 429, 429, 429], await InTurnAsync(atOne, atOther));
        Assert.True(await one.MetricAsync("clawdbot_gateway_shared_store_fallbacks_total") > 0);
    }

    [Fact]
    public async Task What_is_left_of_a_limit_stands_in_the_headers()
    {
        await using var gateway = await StartAsync(1, 0, "--Auth:Keys:0:RequestsPerMinute=10", "--Auth:Keys:0:TokensPerMinute=1000");
        using var http = With(gateway, "acme");
        using var body = new StringContent(ChatClient.Body("\"hello\"", stream: false, seed: 1), Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), body);

        Assert.Equal(("10", "9"), (Header("x-ratelimit-limit-requests"), Header("x-ratelimit-remaining-requests")));
        Assert.Equal("1000", Header("x-ratelimit-limit-tokens"));
        Assert.InRange(int.Parse(Header("x-ratelimit-remaining-tokens"), System.Globalization.CultureInfo.InvariantCulture), 500, 999);
        Assert.Matches("^[0-9]+s$", Header("x-ratelimit-reset-requests"));

        string Header(string name) => Assert.Single(response.Headers.GetValues(name));
    }

    private static Task<ObservedAnswer> AskAsync(HttpClient http) => new ChatClient(http).AskAsync("hello", stream: true, more: ",\"max_tokens\":2");

    private static async Task<List<int>> InTurnAsync(HttpClient one, HttpClient other)
    {
        var statuses = new List<int>();
        for (var i = 0; i < 3; i++)
            statuses.AddRange([(await AskAsync(one)).Status, (await AskAsync(other)).Status]);
        return statuses;
    }

    /// <summary>A gateway with two keys, waited for until all its replicas serve.</summary>
    private static async Task<GatewayProcess> StartAsync(int replicas, double tokensPerSecond, params string[] settings)
    {
        var gateway = (await GatewayProcess.StartAsync([FormattableString.Invariant($"--Discovery:LocalReplicas={replicas}"),
            FormattableString.Invariant($"--Engine:Embedded:TokensPerSecond={tokensPerSecond}"), "--Engine:Embedded:FirstTokenDelayMilliseconds=0", .. Keys(), .. settings])).With("acme");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == replicas && f.Replicas.All(r => r.State == "Healthy"));
        return gateway;
    }

    private static string[] Keys() => [.. ((string[])["acme", "flood"]).SelectMany((tenant, i) => new[]
    {
        $"--Auth:Keys:{i}:Tenant={tenant}", $"--Auth:Keys:{i}:Sha256={Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(tenant)))}",
    })];

    private static HttpClient With(GatewayProcess gateway, string key) => Clients.Create(gateway.Address, key);

    private static async Task UntilSharedAsync(GatewayProcess gateway, bool isShared = true)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (await gateway.MetricAsync("clawdbot_gateway_shared_store_up") != (isShared ? 1 : 0))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }
}
