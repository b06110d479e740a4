using System.Net;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.OpenAi;

/// <summary>Every way in which a server can fail, and what the gateway is told.</summary>
public sealed class OpenAiFaultTests(OpenAiShim shim) : IClassFixture<OpenAiShim>
{
    [Theory]
    [InlineData(400, "bad", 400, "invalid_request")]
    [InlineData(400, "This model's maximum context length is 10 tokens.", 400, "context_length_exceeded")]
    [InlineData(400, "the request exceeds the available context size", 400, "context_length_exceeded")]
    [InlineData(413, "too large", 413, "invalid_request")]
    [InlineData(422, "no such field", 422, "invalid_request")]
    [InlineData(429, "slow down", 503, "engine_busy")]
    [InlineData(503, "Loading model", 503, "engine_busy")]
    [InlineData(401, "no such key", 502, "engine_failed")]
    [InlineData(402, "out of credits", 402, "invalid_request")]
    [InlineData(403, "This API key may not do that", 502, "engine_failed")]
    [InlineData(403, "flagged as harmful", 403, "invalid_request")]
    [InlineData(404, "no such page", 502, "engine_failed")]
    [InlineData(404, "no such model", 404, "invalid_request")]
    [InlineData(405, "not for this model", 405, "invalid_request")]
    [InlineData(409, "conflict", 409, "invalid_request")]
    [InlineData(451, "not in this country", 451, "invalid_request")]
    [InlineData(500, "CUDA error", 502, "engine_failed")]
    [InlineData(500, "Failed to parse tools: [json.exception.out_of_range.403] key 'description' not found", 400, "invalid_request")]
    [InlineData(500, "JSON schema conversion failed:", 400, "invalid_request")]
    [InlineData(500, "unsupported content[].type", 400, "invalid_request")]
    internal async Task A_status_is_the_clients_fault_want_of_room_or_a_failure(int status, string message, int told, string code)
    {
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Refusal) { Status = status, Message = message });
        var answer = await AskAsync();

        Assert.Equal(((HttpStatusCode)told, code), (answer.Status, answer.Error?.Code));
        Assert.Contains(message, answer.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EngineFaultKind.ResetAtOnce, "engine_unreachable")]
    [InlineData(EngineFaultKind.Empty, "engine_cut")]
    [InlineData(EngineFaultKind.WebPage, "engine_malformed")]
    internal async Task What_fails_before_anything_came_has_a_status(EngineFaultKind kind, string code)
    {
        for (var i = 0; i < 2; i++) // on a connection that was kept, and on a new one
            shim.Fake.Core.Script.Enqueue(new EngineFault(kind));
        var answer = await AskAsync();
        shim.Fake.Core.Script.Clear();

        Assert.Equal((HttpStatusCode.BadGateway, code), (answer.Status, answer.Error?.Code));
    }

    [Theory]
    [InlineData(EngineFaultKind.Cut, "engine_cut")]
    [InlineData(EngineFaultKind.HalfEvent, "engine_cut")]
    [InlineData(EngineFaultKind.Malformed, "engine_malformed")]
    [InlineData(EngineFaultKind.ErrorEvent, "engine_failed")]
    internal async Task What_fails_later_ends_in_an_error_event_behind_what_came(EngineFaultKind kind, string code)
    {
        foreach (var tokens in (int[])[0, 1, 5, 12])
        {
            shim.Fake.Core.Script.Enqueue(new EngineFault(kind, tokens));
            var answer = await AskAsync();

            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal(code, answer.Error?.Code);
            Assert.Equal(Enumerable.Range(0, tokens), EngineCore.Positions(answer.Text));
            Assert.Empty(answer.Finishes);
        }
    }

    [Theory]
    [InlineData(404, "model 'm' not found")]
    [InlineData(405, "Method Not Allowed")]
    [InlineData(402, "Insufficient balance")]
    internal async Task An_engine_that_refuses_everything_for_its_own_state_is_out(int status, string message)
    {
        await using var fake = await OpenAiFake.StartAsync();
        await using var own = await HostedShim.StartAsync(
            "--Engine:Kind=openai", $"--Engine:Address={fake.Address}", "--Liveness:Canary=Text", "--Liveness:CanaryIntervalSeconds=600");
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        fake.Core.Always = new EngineFault(EngineFaultKind.Refusal) { Status = status, Message = message };

        Assert.Equal((HttpStatusCode)status, (await caller.GenerateAsync(Question)).Status); // and now a canary is sent at once
        var sick = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Sick);
        Assert.Contains(message, sick.Reason, StringComparison.Ordinal);

        fake.Core.Always = null;
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
    }

    [Fact]
    public async Task A_canary_alone_that_is_rejected_convicts_nobody()
    {
        await using var fake = await OpenAiFake.StartAsync();
        await using var own = await HostedShim.StartAsync(
            "--Engine:Kind=openai", $"--Engine:Address={fake.Address}", "--Liveness:Canary=Text", "--Liveness:CanaryIntervalSeconds=1");
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        Assert.Equal(HttpStatusCode.OK, (await caller.GenerateAsync(Question)).Status);
        fake.Core.Always = new EngineFault(EngineFaultKind.Refusal) { Status = 404, Message = "This is not a chat model" };
        var bodies = fake.Core.Bodies.Count;
        await Poll.UntilAsync(() => fake.Core.Bodies.Count >= bodies + 3);

        Assert.Equal(ShimVerdict.Ready, (await caller.StatusAsync(_ => true)).Verdict);
    }

    [Fact]
    public async Task A_reset_takes_with_it_what_was_not_read_yet()
    {
        foreach (var tokens in (int[])[0, 1, 5, 12])
        {
            for (var i = 0; i < 2; i++) // what is reset before its headers were read is sent once more
                shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Reset, tokens));
            var answer = await AskAsync();
            shim.Fake.Core.Script.Clear();

            Assert.True(
                (answer.Status, answer.Error?.Code) is (HttpStatusCode.OK, "engine_cut")
                    or (HttpStatusCode.BadGateway, "engine_cut" or "engine_unreachable"),
                $"{answer}");
            var positions = EngineCore.Positions(answer.Text).ToList();
            Assert.Equal(Enumerable.Range(0, positions.Count), positions);
            Assert.Empty(answer.Finishes);
        }
    }

    [Fact]
    public async Task An_error_in_mid_stream_is_told_in_the_engines_words()
    {
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.ErrorEvent, 5));

        Assert.Contains("EngineDeadError", (await AskAsync()).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_whose_cost_is_never_told_is_complete_without_it()
    {
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.NoUsage));
        var answer = await AskAsync();

        Assert.Equal(new GenerationFinish(0, "stop", null, null, null), Assert.Single(answer.Finishes));
        Assert.EndsWith("usage done", answer.Names, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_can_not_stream_is_heard_all_the_same()
    {
        await using var fake = new OpenAiFake(new EngineCore()) { CanStream = false };
        await fake.ListenAsync();
        await using var own = await OpenAiShim.StartAsync(fake);
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var answer = await caller.GenerateAsync(Question);

        Assert.Equal("start tokens finish usage done", answer.Names);
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(answer.Text));
        Assert.Equal(new GenerationFinish(0, "stop", null, 5, 12), Assert.Single(answer.Finishes));
    }

    [Fact]
    public async Task A_server_that_wants_a_key_gets_it_and_one_that_wants_no_usage_is_not_asked_for_it()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "the key\n", TestContext.Current.CancellationToken);
        await using var fake = new OpenAiFake(new EngineCore()) { Key = "the key" };
        await fake.ListenAsync();
        await using var own = await OpenAiShim.StartAsync(fake, $"--Engine:ApiKeyFile={file}", "--Engine:OpenAi:AskForUsage=false");
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var answer = await caller.GenerateAsync(Question);
        File.Delete(file);

        Assert.Equal(new GenerationFinish(0, "stop", null, null, null), Assert.Single(answer.Finishes));
        Assert.DoesNotContain("stream_options", fake.Core.Bodies.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_yet_is_waited_for_and_asked_what_it_serves()
    {
        var port = FreePort.Next();
        await using var own = await HostedShim.StartAsync("--Engine:Kind=openai", $"--Engine:Address=http://127.0.0.1:{port}",
            "--Liveness:Canary=Off", "--Engine:ContextTokens=4096");
        using var caller = new FleetCaller(own.Address);
        var before = await caller.StatusAsync(s => s.Reason.Contains("nothing listens", StringComparison.Ordinal));
        Assert.Equal((ShimVerdict.Starting, ""), (before.Verdict, before.Model));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "replica_not_ready"),
            (await caller.GenerateAsync(Question)) is var refused ? (refused.Status, refused.Error?.Code) : default);

        await using var fake = new OpenAiFake(new EngineCore()) { Models = ["first", "second", "third"] };
        await fake.ListenAsync(port);
        var after = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        Assert.Equal(("first", "openai", 4096, ContinuationKind.None, false),
            (after.Model, after.Engine, after.ContextTokens, after.Continuation, after.Repeatable));
        Assert.Equal(["second", "third"], after.AlsoModels!);
    }

    [Fact]
    public async Task What_is_configured_is_not_asked_for()
    {
        await using var fake = await OpenAiFake.StartAsync();
        await using var one = await OpenAiShim.StartAsync(fake, "--Engine:Model=mine", "--Engine:AlsoModels:0=also-mine",
            "--Engine:Build=awq");
        await using var other = await OpenAiShim.StartAsync(fake, "--Engine:Model=mine", "--Engine:Build=fp8");
        using var first = new FleetCaller(one.Address);
        using var second = new FleetCaller(other.Address);
        var (a, b) = (await first.StatusAsync(s => s.Verdict == ShimVerdict.Ready),
            await second.StatusAsync(s => s.Verdict == ShimVerdict.Ready));

        Assert.Equal((ShimVerdict.Ready, "mine"), (a.Verdict, a.Model));
        Assert.Equal(["also-mine"], a.AlsoModels!);
        Assert.NotEqual(a.Identity, b.Identity);
    }

    [Theory]
    [InlineData("--Engine:Kind=nonsense", "Engine:Kind must be one of embedded,")]
    [InlineData("--Engine:Kind=openai", "Engine:Address must say where the engine listens")]
    [InlineData("--Engine:ApiKeyFile=/nowhere", "Engine:ApiKeyFile names a file")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string argument, string words)
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => ShimHost.StartAsync(argument));

        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    private const string Question = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""";

    private Task<FleetAnswer> AskAsync() => shim.Caller.GenerateAsync(Question, cancellation: TestContext.Current.CancellationToken);
}
