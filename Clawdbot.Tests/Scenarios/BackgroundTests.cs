using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Responses in the background: their client may leave, and their gateway may die.</summary>
public sealed class BackgroundTests(FastFleet fleet, ITestOutputHelper output) : IClassFixture<FastFleet>
{
    private const string Question = "Tell me of the sea and of all who sail on it";

    [Fact]
    public async Task It_is_queued_made_without_its_client_and_shown_streamed_and_forgotten_afterwards()
    {
        var http = fleet.Gateway.Http;
        var plain = JsonDocument.Parse(await BodyOfAsync(await PostAsync(http, ",\"seed\":1"))).RootElement;
        var queued = JsonDocument.Parse(await BodyOfAsync(await PostAsync(http, ",\"seed\":1,\"background\":true"))).RootElement;
        var id = queued.GetProperty("id").GetString();
        Assert.Equal(("queued", true), (queued.GetProperty("status").GetString(), queued.GetProperty("background").GetBoolean()));

        var over = default(JsonElement);
        await Poll.UntilAsync(async () =>
        {
            over = JsonDocument.Parse(await http.GetStringAsync($"/v1/responses/{id}", TestContext.Current.CancellationToken)).RootElement;
            return over.GetProperty("status").GetString() == "completed";
        });
        Assert.Equal(TextOf(plain), TextOf(over));
        var events = await FollowAsync(http, id!, -1);
        Assert.Equal(["response.created", "response.queued", "response.in_progress"], events.Take(3).Select(e => e.GetProperty("type").GetString()));
        Assert.Equal((TextOf(plain), over.GetRawText()), (Text(events), events[^1].GetProperty("response").GetRawText()));
        Assert.Equal(events.Skip(8).Select(e => e.GetRawText()), (await FollowAsync(http, id!, 7)).Select(e => e.GetRawText()));

        await http.DeleteAsync($"/v1/responses/{id}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/v1/responses/{id}", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/v1/responses/{id}?stream=true", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("", "missing_field", 400)]
    [InlineData(",\"input\":\"a\",\"store\":false", "unsupported_parameter", 400)]
    public async Task What_can_not_be_in_the_background_is_refused_at_once(string more, string code, int status)
    {
        using var response = await fleet.Gateway.Http.PostAsync("/v1/responses", Json($$"""{"model":"{{ChatClient.Model}}","background":true{{more}}}"""), TestContext.Current.CancellationToken);
        Assert.Equal((status, code), ((int)response.StatusCode, ErrorCode(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))));
    }

    [Theory]
    [InlineData("POST", "/v1/responses/resp_x/cancel")]
    [InlineData("GET", "/v1/responses/resp_x?stream=true")]
    public async Task One_that_is_not_there_is_not_found(string method, string path)
    {
        using var response = await fleet.Gateway.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);
        Assert.Equal((404, "response_not_found"), ((int)response.StatusCode, ErrorCode(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))));
    }

    [Theory]
    [InlineData("POST", "/cancel")]
    [InlineData("GET", "?stream=true")]
    public async Task One_that_was_made_while_its_client_waited_is_none(string method, string more)
    {
        var id = JsonDocument.Parse(await BodyOfAsync(await PostAsync(fleet.Gateway.Http, ""))).RootElement.GetProperty("id").GetString();
        using var response = await fleet.Gateway.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/v1/responses/{id}{more}"), TestContext.Current.CancellationToken);
        Assert.Equal((400, "not_a_background_response"), ((int)response.StatusCode, ErrorCode(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))));
    }

    [Fact]
    public async Task A_cancelled_one_frees_its_replica_and_says_so()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(1, 5, 0, SharedGateway.Trusting);
        var id = JsonDocument.Parse(await BodyOfAsync(await PostAsync(gateway.Http, ",\"background\":true"))).RootElement.GetProperty("id").GetString();
        await gateway.Fleet.UntilAsync(f => f.Replicas[0].Answering == 1);
        var cancelled = JsonDocument.Parse(await BodyOfAsync(await gateway.Http.PostAsync($"/v1/responses/{id}/cancel", null, TestContext.Current.CancellationToken))).RootElement;

        Assert.Equal("cancelled", cancelled.GetProperty("status").GetString());
        await gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas[0].InFlight == 0);
        Assert.Equal("response.cancelled", (await FollowAsync(gateway.Http, id!, -1))[^1].GetProperty("type").GetString());
    }

    [Fact]
    public async Task Of_one_that_fails_the_last_event_and_the_response_say_why()
    {
        await using var gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", "--Discovery:Replicas:0=http://127.0.0.1:1", "--Admission:NoReplicaSeconds=1");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 1);
        var id = JsonDocument.Parse(await BodyOfAsync(await PostAsync(gateway.Http, ",\"background\":true"))).RootElement.GetProperty("id").GetString();
        var last = (await FollowAsync(gateway.Http, id!, -1))[^1];

        Assert.Equal(("response.failed", "no_replica"), (last.GetProperty("type").GetString(), last.GetProperty("response").GetProperty("error").GetProperty("code").GetString()));
        var shown = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/v1/responses/{id}", TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal("failed", shown.GetProperty("status").GetString());
    }

    [Fact]
    public Task Its_gateway_is_killed_and_another_one_goes_on_with_it() => KilledAsync(kills: 1);

    /// <summary>5 times, or as often as <c>CLAWDBOT_GATEWAY_KILLS</c> says: each takes some 7 s.</summary>
    [Fact(Explicit = true)]
    public Task Its_gateway_is_killed_many_times_and_each_time_another_one_goes_on_with_it() =>
        KilledAsync(int.TryParse(Environment.GetEnvironmentVariable("CLAWDBOT_GATEWAY_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var kills) ? kills : 5);

    [Fact]
    public async Task A_gateway_that_hangs_while_it_makes_one_loses_it_and_adds_nothing_when_it_goes_on()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await ShimAsync();
        await using var two = await ShimAsync();
        await using var site = await FrontSite.StartAsync(FrontKind.Nginx, [one.Address, two.Address], $"--SharedStore:Redis={redis.Address}", "--SharedStore:RedisMilliseconds=2000");
        await site.ServingAsync();
        using var http = Clients.Create(site.Gateways[0].Address, null);
        var undisturbed = JsonDocument.Parse(await BodyOfAsync(await PostAsync(http, ",\"seed\":1"))).RootElement;
        var id = JsonDocument.Parse(await BodyOfAsync(await PostAsync(http, ",\"seed\":1,\"background\":true"))).RootElement.GetProperty("id").GetString()!;
        using var other = Clients.Create(site.Gateways[1].Address, null);
        var events = new List<JsonElement>();
        await FollowAsync(other, id, -1, events, async () =>
        {
            if (events.Count != 8)
                return;
            site.Gateways[0].Program.Signal(Signals.Stop);
            await site.Gateways[1].Fleet.UntilAsync(f => f.Active == 1);
            site.Gateways[0].Program.Signal(Signals.Continue);
        });

        Assert.Equal(TextOf(undisturbed), Text(events));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => e.GetProperty("sequence_number").GetInt32()));
        await site.Gateways[0].Fleet.UntilAsync(f => f.Active == 0); // it has given up too
        Assert.Equal(events.Select(e => e.GetRawText()), (await FollowAsync(http, id, -1)).Select(e => e.GetRawText()));
    }

    /// <summary>
    /// A client streams a response in the background through Nginx, the gateway that makes it is killed, and the client comes again with the
    /// number of its last event.
    /// </summary>
    private async Task KilledAsync(int kills)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await ShimAsync();
        await using var two = await ShimAsync();
        await using var site = await FrontSite.StartAsync(FrontKind.Nginx, [one.Address, two.Address], $"--SharedStore:Redis={redis.Address}", "--SharedStore:RedisMilliseconds=2000");
        await site.ServingAsync();
        using var http = Clients.Create(site.Front.Address, null);
        var undisturbed = JsonDocument.Parse(await BodyOfAsync(await PostAsync(http, ",\"seed\":1"))).RootElement;
        var (before, answers) = (await GeneratedAsync(site), 0);
        for (var kill = 0; kill < kills; kill++)
        {
            var events = new List<JsonElement>();
            var id = JsonDocument.Parse(await BodyOfAsync(await PostAsync(http, ",\"seed\":1,\"background\":true"))).RootElement.GetProperty("id").GetString()!;
            var holder = await site.HolderAsync();
            var (resumes, isKilled) = (0, false);
            while (events.Count == 0 || events[^1].GetProperty("type").GetString() != "response.completed")
            {
                await FollowAsync(http, id, events.Count - 1, events, async () =>
                {
                    if (events.Count < 10 || isKilled)
                        return;
                    isKilled = true;
                    await site.KillAsync(holder);
                });
                Assert.InRange(++resumes, 1, 5);
            }
            answers += Tokens(undisturbed);
            Assert.True(isKilled, "It was over before its gateway was killed.");
            Assert.Equal(TextOf(undisturbed), Text(events));
            Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => e.GetProperty("sequence_number").GetInt32()));
            Assert.Equal((1, Tokens(undisturbed)), (events.Count(e => e.GetProperty("type").GetString() == "response.completed"), Tokens(events[^1].GetProperty("response"))));
            await site.RestartAsync(holder);
            await Poll.UntilAsync(() => site.Gateways[holder].Program.Output.Contains("The shared store answers", StringComparison.Ordinal));
        }
        var twice = await GeneratedAsync(site) - before - answers;
        output.WriteLine($"{kills} kills: {answers} tokens of answers, {twice} generated twice");
        Assert.InRange(twice, 0, 15 * kills); // what was in flight: kept every 30 ms, and generated until the engine hears of the death
    }

    private static async Task<long> GeneratedAsync(FrontSite site) =>
        (await site.Gateways[0].Fleet.UntilAsync(f => f.Replicas.All(r => r.InFlight == 0))).Replicas.Sum(r => r.TokensGenerated);

    private static Task<ShimHost> ShimAsync() => ShimHost.StartAsync(
        "--Engine:Kind=embedded", "--Liveness:Canary=Off", "--Engine:Embedded:TokensPerSecond=40", "--Engine:Embedded:FirstTokenDelayMilliseconds=0");

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, string more) =>
        await http.PostAsync(new Uri("/v1/responses", UriKind.Relative), Json($$"""{"model":"{{ChatClient.Model}}","input":"{{Question}}"{{more}}}"""), TestContext.Current.CancellationToken);

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private static async Task<string> BodyOfAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{response.StatusCode}: {text}");
        }
    }

    private static async Task<List<JsonElement>> FollowAsync(HttpClient http, string id, int behind)
    {
        var events = new List<JsonElement>();
        await FollowAsync(http, id, behind, events, () => Task.CompletedTask);
        return events;
    }

    /// <summary>Reads events until the stream ends or breaks.</summary>
    private static async Task FollowAsync(HttpClient http, string id, int behind, List<JsonElement> events, Func<Task> each)
    {
        var path = FormattableString.Invariant($"/v1/responses/{id}?stream=true{(behind >= 0 ? $"&starting_after={behind}" : "")}");
        try
        {
            using var response = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (!line.StartsWith("data: ", StringComparison.Ordinal))
                    continue;
                events.Add(JsonDocument.Parse(line["data: ".Length..]).RootElement);
                await each();
            }
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            // Its gateway died: the client comes again.
        }
    }

    private static string Text(IEnumerable<JsonElement> events) => string.Concat(events
        .Where(e => e.GetProperty("type").GetString() == "response.output_text.delta").Select(e => e.GetProperty("delta").GetString()));

    private static string? TextOf(JsonElement response) => response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString();

    private static int Tokens(JsonElement response) => response.GetProperty("usage").GetProperty("output_tokens").GetInt32();

    private static string? ErrorCode(string body) => JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("code").GetString();
}
