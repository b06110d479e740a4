using System.Net;
using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.Ollama;

/// <summary>What Ollama tells of itself and its models, in the shim's status.</summary>
public sealed class OllamaStatusTests
{
    private const string Pictured = """{"model":"qwen3-vl:30b","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""";

    [Fact]
    public async Task It_serves_what_it_has_and_tells_the_context_as_soon_as_a_model_is_loaded()
    {
        await using var fake = await OllamaFake.StartAsync();
        await using (var cold = await OllamaShim.StartAsync(fake))
        {
            using var caller = new FleetCaller(cold.Address);
            var ready = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
            Assert.Equal((OllamaFake.Model, "ollama 0.33.0", null, ContinuationKind.Text, false),
                (ready.Model, ready.Engine, ready.ContextTokens, ready.Continuation, ready.Repeatable));
            Assert.Equal(["llama3:latest"], ready.AlsoModels!);
            Assert.Equal((0, null, null), (ready.Waiting, ready.CacheUse, ready.CacheHitRate));
            Assert.Equal(HttpStatusCode.OK, (await caller.GenerateAsync(Pictured)).Status);
        }
        await using var warm = await OllamaShim.StartAsync(fake);
        using var later = new FleetCaller(warm.Address);
        Assert.Equal(OllamaFake.Context, (await later.StatusAsync(s => s.Verdict == ShimVerdict.Ready)).ContextTokens);
    }

    [Fact]
    public async Task Clients_may_know_the_model_by_another_name_than_Ollama()
    {
        await using var fake = await OllamaFake.StartAsync();
        await using var own = await OllamaShim.StartAsync(fake, "--Engine:Model=Qwen3-VL", "--Engine:AlsoModels:0=llama3:latest",
            $"--Engine:Ollama:Name={OllamaFake.Model}", "--Engine:ContextTokens=4096", "--Engine:Ollama:KeepAliveSeconds=60");
        using var caller = new FleetCaller(own.Address);
        var ready = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        foreach (var model in (string[])["Qwen3-VL", "llama3:latest"])
            await caller.GenerateAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(("Qwen3-VL", 4096), (ready.Model, ready.ContextTokens));
        Assert.Equal([OllamaFake.Model, "llama3:latest"], fake.Core.Bodies.Select(b => JsonNode.Parse(b)!["model"]!.GetValue<string>()));
        Assert.All(fake.Core.Bodies, b => Assert.Equal(60, JsonNode.Parse(b)!["keep_alive"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_model_that_it_does_not_have_is_waited_for_and_one_without_eyes_is_sent_no_picture()
    {
        await using var fake = new OllamaFake(new EngineCore()) { Capabilities = ["completion"] };
        await fake.ListenAsync();
        await using var own = await OllamaShim.StartAsync(fake);
        await using var missing = await OllamaShim.StartAsync(fake, "--Engine:Model=gemma4");
        using var caller = new FleetCaller(own.Address);
        using var other = new FleetCaller(missing.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var answer = await caller.GenerateAsync(Pictured);

        Assert.Equal(ShimVerdict.Starting,
            (await other.StatusAsync(s => s.Reason.Contains("does not have the model 'gemma4'", StringComparison.Ordinal))).Verdict);
        Assert.Equal((HttpStatusCode.BadRequest, "images_not_supported"), (answer.Status, answer.Error?.Code));
        Assert.Empty(fake.Core.Bodies);
    }

    [Fact]
    public async Task Two_models_of_one_name_are_two()
    {
        await using var fake = await OllamaFake.StartAsync();
        await using var one = await OllamaShim.StartAsync(fake, "--Engine:Model=mine", $"--Engine:Ollama:Name={OllamaFake.Model}");
        await using var two = await OllamaShim.StartAsync(fake, "--Engine:Model=mine", "--Engine:Ollama:Name=llama3");
        using var first = new FleetCaller(one.Address);
        using var second = new FleetCaller(two.Address);

        Assert.NotEqual((await first.StatusAsync(s => s.Verdict == ShimVerdict.Ready)).Identity,
            (await second.StatusAsync(s => s.Verdict == ShimVerdict.Ready)).Identity);
    }
}
