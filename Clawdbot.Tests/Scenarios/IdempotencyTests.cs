using System.Text;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Requests that are sent again by the same Idempotency-Key.</summary>
public sealed class IdempotencyTests(RepeatedGateway shared) : IClassFixture<RepeatedGateway>, IDisposable
{
    /// <summary>A client may have all of an answer a moment before its gateway has put it away.</summary>
    private static readonly string?[] Repeated = ["joined", "replayed"];

    private readonly LedgerLines _ledger = new();

    /// <summary>Of this test alone.</summary>
    private readonly string _key = TestContext.Current.Test!.UniqueID;

    public void Dispose() => _ledger.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_answered_is_answered_again_byte_by_byte(bool stream)
    {
        var (gateway, before) = (shared.Process, await shared.IdleAsync());
        var written = shared.Ledger.All.Count;
        var first = await SendAsync(gateway, _key, Body("hello", stream));
        var again = await SendAsync(gateway, _key, Body("hello", stream));
        var other = await SendAsync(gateway, _key + "b", Body("hello", stream));

        Assert.Equal((200, null, 200, 200, null), (first.Status, first.How, again.Status, other.Status, other.How));
        Assert.Contains(again.How, Repeated);
        Assert.Equal((first.Text, first.Id, first.Type), (again.Text, again.Id, again.Type));
        Assert.NotEqual(first.Id, other.Id);
        Assert.Equal(2, (await shared.IdleAsync(before.Generations + 2)).Generations - before.Generations);
        var lines = (await shared.Ledger.UntilAsync(written + 3)).Skip(written).ToList();
        Assert.Equal(["ran_alone", again.How, "ran_alone"], lines.Select(l => l.GetProperty("idempotent").GetString()));
        Assert.Equal((0, lines[0].GetProperty("completion_tokens").GetInt32()), (lines[1].GetProperty("attempts").GetArrayLength(), lines[1].GetProperty("completion_tokens").GetInt32()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_comes_while_it_is_answered_joins_and_has_it_from_the_start(bool stream)
    {
        var (gateway, before) = (shared.Process, await shared.IdleAsync());
        var joins = await JoinedAsync();
        var first = SendAsync(gateway, _key, Body("hello", stream));
        await gateway.Fleet.UntilAsync(f => f.Replicas[0].TokensGenerated > before.TokensGenerated + 3);
        var joined = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SendAsync(gateway, _key, Body("hello", stream))));
        var whole = await first;

        Assert.Equal(200, whole.Status);
        Assert.All(joined, j => Assert.Equal((whole.Text, whole.Id, "joined"), (j.Text, j.Id, j.How)));
        Assert.Equal((1, 5), ((await shared.IdleAsync(before.Generations + 1)).Generations - before.Generations, await JoinedAsync() - joins));

        Task<double> JoinedAsync() => gateway.MetricAsync("clawdbot_gateway_repeats_total", "how=\"joined\"");
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_refused_while_the_first_runs_and_afterwards()
    {
        var gateway = shared.Process;
        await shared.IdleAsync();
        var first = SendAsync(gateway, _key, Body("hello", true));
        await gateway.Fleet.UntilAsync(f => f.Active == 1);
        var during = await SendAsync(gateway, _key, Body("hello", false));
        await first;
        var after = await SendAsync(gateway, _key, Body("hullo", true));

        Assert.All([during, after], r => Assert.Equal((422, true), (r.Status, r.Text.Contains("\"idempotency_key_reused\"", StringComparison.Ordinal))));
        Assert.Contains((await SendAsync(gateway, _key, Body("hello", true))).How, Repeated);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_left_finds_its_answer_when_it_comes_again(bool stream)
    {
        var (gateway, before) = (shared.Process, await shared.IdleAsync());
        using var leave = new CancellationTokenSource();
        var first = SendAsync(gateway, _key, Body("hello", stream), leave.Token);
        await gateway.Fleet.UntilAsync(f => f.Replicas[0].TokensGenerated > before.TokensGenerated + 3);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var again = await SendAsync(gateway, _key, Body("hello", stream));
        var replayed = await SendAsync(gateway, _key, Body("hello", stream));

        Assert.Equal((200, "joined", "replayed"), (again.Status, again.How, replayed.How));
        Assert.Equal(again.Text, replayed.Text);
        Assert.Contains(stream ? "data: [DONE]" : "\"finish_reason\":\"stop\"", again.Text, StringComparison.Ordinal);
        Assert.Equal(1, (await shared.IdleAsync(before.Generations + 1)).Generations - before.Generations);
    }

    [Fact]
    public async Task When_nobody_comes_again_it_ends()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(1, 2, 0, "--Idempotency:RunOnSeconds=1");
        using var leave = new CancellationTokenSource();
        var first = SendAsync(gateway, "a", Body("hello", true), leave.Token);
        await gateway.Fleet.UntilAsync(f => f.Replicas[0].Answering == 1);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var fleet = await gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas[0].InFlight == 0);
        Assert.True(fleet.Replicas[0].TokensGenerated < 20, "it went on for nobody");
    }

    [Fact]
    public async Task Failures_are_not_kept()
    {
        var script = new System.Collections.Concurrent.ConcurrentQueue<Misbehaviour>();
        await using var shim = await HostileShim.StartAsync(script);
        await using var gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={shim.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas is [{ State: "Healthy" }]);
        script.Enqueue(async generation =>
        {
            generation.Http.Response.StatusCode = 400;
            generation.Http.Response.ContentType = "application/json";
            await generation.RawAsync("{\"code\":\"no_good\",\"message\":\"it is no good\"}");
        });
        var refused = await SendAsync(gateway, "a", Body("hello", true));
        var again = await SendAsync(gateway, "a", Body("hello", true));

        Assert.Equal((400, 200, null), (refused.Status, again.Status, again.How));
        Assert.Contains((await SendAsync(gateway, "a", Body("hello", true))).How, Repeated);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("ключ", false)]
    [InlineData("0f8fad5b-d9cb-469f-a165-70867728950e", true)]
    public async Task A_key_is_printable(string key, bool isGood)
    {
        var answer = await SendAsync(shared.Process, key, Body("hello", false));
        var tooLong = await SendAsync(shared.Process, new string('k', 256), Body("hello", false));

        Assert.Equal(isGood ? 200 : 400, answer.Status);
        Assert.Equal((400, true), (tooLong.Status, tooLong.Text.Contains("Idempotency-Key", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Gateways_with_one_store_answer_once_between_them_and_without_it_each_for_itself()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var shim = await ShimHost.StartAsync("--Engine:Kind=embedded", "--Liveness:Canary=Off", "--Engine:Embedded:TokensPerSecond=25", "--Engine:Embedded:FirstTokenDelayMilliseconds=0");
        string[] arguments = [$"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={shim.Address}", $"--SharedStore:Redis={redis.Address}", "--SharedStore:RedisMilliseconds=2000"];
        await using var one = await GatewayProcess.StartAsync([.. arguments, $"--Ledger:Path={_ledger.Path}"]);
        await using var two = await GatewayProcess.StartAsync(arguments);
        foreach (var gateway in (GatewayProcess[])[one, two])
        {
            await gateway.Fleet.UntilAsync(f => f.Replicas is [{ State: "Healthy" }]);
            await Deploy.Poll.UntilAsync(() => gateway.Program.Output.Contains("The shared store answers", StringComparison.Ordinal));
        }

        var first = SendAsync(one, "a", Body("hello", true));
        await one.Fleet.UntilAsync(f => f.Replicas[0].Answering == 1);
        var elsewhere = await Task.WhenAll(SendAsync(two, "a", Body("hello", true)), SendAsync(two, "a", Body("hello", true)));
        Assert.Equal(422, (await SendAsync(two, "a", Body("hullo", true))).Status);
        Assert.All(elsewhere, e => Assert.Equal((200, first.Result.Text), (e.Status, e.Text)));
        Assert.Equal(["joined", "replayed"], elsewhere.Select(e => e.How).Order());
        Assert.Equal(1, (await one.Fleet.NowAsync()).Replicas[0].Generations);
        Assert.Equal("ran", (await _ledger.UntilAsync(1))[0].GetProperty("idempotent").GetString());

        redis.Program.Signal(Signals.Kill);
        await redis.Program.Exited;
        await Deploy.Poll.UntilAsync(async () =>
        {
            await SendAsync(one, "b", Body("hello", false)); // an outage is noticed by whoever asks
            return one.Program.Output.Contains("The shared store does not answer", StringComparison.Ordinal);
        });
        var again = await SendAsync(one, "a", Body("hello", true));
        Assert.Equal((200, null), (again.Status, again.How));
        await Deploy.Poll.UntilAsync(() => _ledger.All[^1].GetProperty("id").GetString() == again.Id);
        Assert.Equal("ran_alone", _ledger.All[^1].GetProperty("idempotent").GetString());
    }

    private static string Body(string question, bool stream) => ChatClient.Body($"\"{question}\"", stream, seed: null);

    private static async Task<Answered> SendAsync(GatewayProcess gateway, string key, string body, CancellationToken cancellation = default)
    {
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using var http = new HttpClient(handler) { BaseAddress = gateway.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        return new Answered((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellation), Header(response, "X-Request-Id"), Header(response, "X-Clawdbot-Idempotent"),
            response.Content.Headers.ContentType?.ToString());
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private sealed record Answered(int Status, string Text, string? Id, string? How, string? Type);
}
