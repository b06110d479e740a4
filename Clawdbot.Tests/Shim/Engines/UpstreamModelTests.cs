using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Shim.Engines.Vllm;
using Clawdbot.Tests.Shim.Liveness;

namespace Clawdbot.Tests.Shim.Engines;

/// <summary>Engines that answer to their own name of the model alone, which is another one than clients ask for.</summary>
public sealed class UpstreamModelTests
{
    private const string Asked = "chat";
    private const string Also = "chat-fast";
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
    private const string Pictured = """
        "messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]
        """;

    private static readonly string[] Names = [$"--Engine:Model={Asked}", $"--Engine:AlsoModels:0={Also}"];

    [Theory]
    [MemberData(nameof(NamedEngine.Kinds), MemberType = typeof(NamedEngine))]
    public async Task The_engine_is_asked_by_its_own_name_by_whichever_name_a_client_asks(string kind)
    {
        await using var fake = await NamedEngine.StartAsync(kind);
        await using var shim = await ShimAsync(kind, fake, [.. Names, $"--Engine:UpstreamModel={fake.OnlyModel}"]);
        using var caller = new FleetCaller(shim.Address);
        var status = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        Assert.Equal((Asked, fake.OnlyModel), (status.Model, status.ServedModel));
        Assert.Equal([Also], status.AlsoModels!);

        string[] bodies =
        [
            $$"""{"model":"{{Asked}}",{{Messages}}}""", $$"""{"model":"{{Also}}",{{Messages}}}""", $$"""{"model":"{{Asked}}",{{Pictured}}}""",
            $$"""{"mod\u0065l" : "ch\u0061t",{{Messages}}}""", $$"""{"model":"other",{{Messages}},"model":"{{Asked}}"}""",
            $$"""{ {{Messages}} }""", $$"""{"model":null,{{Messages}}}""",
        ];
        foreach (var body in bodies)
        {
            foreach (var fold in (bool[])[false, true])
            {
                var answer = await caller.GenerateAsync(body, new GenerationExtras(Fold: fold));
                Assert.True(answer is { Status: HttpStatusCode.OK, Error: null, Text.Length: > 0 }, $"{body}: {answer} {answer.Error}");
            }
        }
        Assert.Equal(2 * bodies.Length, fake.Core.Bodies.Count);
    }

    [Theory]
    [InlineData("\"another\"")]
    [InlineData("7")]
    [InlineData("\"\\ud83d\"")]
    public async Task A_name_that_is_not_this_replicas_is_for_the_engine_to_refuse(string model)
    {
        await using var fake = await NamedEngine.StartAsync("openai");
        await using var shim = await ShimAsync("openai", fake, [.. Names, $"--Engine:UpstreamModel={fake.OnlyModel}"]);
        using var caller = new FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);

        var answer = await caller.GenerateAsync($$"""{"model":{{model}},{{Messages}}}""");
        Assert.NotEqual(HttpStatusCode.OK, answer.Status);
        Assert.Empty(fake.Core.Bodies);
    }

    [Theory]
    [MemberData(nameof(NamedEngine.Kinds), MemberType = typeof(NamedEngine))]
    public async Task Canaries_ask_by_it(string kind)
    {
        await using var shim = await WatchedShim.StartAsync(kind, "--Engine:Model=m", $"--Engine:UpstreamModel={NamedEngine.Model(kind)}");
        shim.Fake.OnlyModel = NamedEngine.Model(kind);
        await shim.CanariesAsync((int)shim.Counted("clawdbot.shim.canaries", "alive") + 2);

        Assert.Equal(0, shim.Counted("clawdbot.shim.canaries", "refused"));
        Assert.All(shim.Fake.Core.Bodies, b => Assert.Equal(NamedEngine.Model(kind), JsonNode.Parse(b)!["model"]!.GetValue<string>()));
    }

    [Theory]
    [MemberData(nameof(NamedEngine.Kinds), MemberType = typeof(NamedEngine))]
    public async Task An_answer_goes_on_from_text_by_it_also_where_nothing_is_left_to_generate(string kind)
    {
        await using var fake = await NamedEngine.StartAsync(kind);
        await using var shim = await ShimAsync(kind, fake,
            [.. Names, $"--Engine:UpstreamModel={fake.OnlyModel}", "--Engine:OpenAi:Continuation=ContinueFinalMessage"]);
        using var caller = new FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var body = $$"""{"model":"{{Also}}",{{Messages}},"seed":3,"max_tokens":8}""";
        var whole = await caller.GenerateAsync(body);
        foreach (var given in (int[])[4, 8])
        {
            var tokens = whole.Of("tokens").Take(given).Select(t => t.GetProperty("text").GetString());
            var rest = await caller.GenerateAsync(body, new GenerationExtras(ContinueText: string.Concat(tokens), Delivered: given));
            Assert.True(rest is { Status: HttpStatusCode.OK, Error: null }, $"{given}: {rest.Error}");
            Assert.Equal("length", Assert.Single(rest.Finishes).Reason);
        }
    }

    [Fact]
    public async Task From_token_ids_rendering_generating_and_detokenizing_name_it_too()
    {
        await using var fake = (VllmFake)await NamedEngine.StartAsync("vllm");
        await using var shim = await ShimAsync("vllm", fake,
            [.. Names, $"--Engine:UpstreamModel={fake.OnlyModel}", "--Engine:Vllm:Deterministic=true"]);
        using var caller = new FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var body = $$"""{"model":"{{Asked}}",{{Messages}}}""";
        var whole = await caller.GenerateAsync(body, new GenerationExtras(Seed: 3));
        var given = VllmEngineTests.Ids(new FleetAnswer(HttpStatusCode.OK, [.. whole.Events.Where(e => e.Name == "tokens").Take(4)]));
        var rest = await caller.GenerateAsync(body, new GenerationExtras(Seed: 3, Continue: given, Delivered: given.Count));

        Assert.Null(rest.Error);
        Assert.EndsWith(rest.Text, whole.Text, StringComparison.Ordinal);
        Assert.Single(fake.Generates);
    }

    [Fact]
    public async Task Without_it_the_clients_name_is_sent_and_the_identity_is_what_it_was()
    {
        await using var fake = await OpenAiFake.StartAsync();
        await using var shim = await ShimAsync("openai", fake, Names);
        using var caller = new FleetCaller(shim.Address);
        var status = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        foreach (var model in (string[])[Asked, Also])
            await caller.GenerateAsync($$"""{"model":"{{model}}",{{Messages}}}""");

        Assert.Null(status.ServedModel);
        Assert.Equal(EngineIdentity.Of("openai", Asked, ""), status.Identity);
        Assert.Equal([Asked, Also], fake.Core.Bodies.Select(b => JsonNode.Parse(b)!["model"]!.GetValue<string>()));
    }

    [Theory]
    [MemberData(nameof(NamedEngine.Kinds), MemberType = typeof(NamedEngine))]
    public async Task Alone_it_is_what_clients_ask_for_too(string kind)
    {
        await using var fake = await NamedEngine.StartAsync(kind);
        await using var shim = await ShimAsync(kind, fake, [$"--Engine:UpstreamModel={fake.OnlyModel}", $"--Engine:AlsoModels:0={Also}"]);
        using var caller = new FleetCaller(shim.Address);
        var status = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var answer = await caller.GenerateAsync($$"""{"model":"{{Also}}",{{Messages}}}""");

        Assert.Equal((fake.OnlyModel, fake.OnlyModel), (status.Model, status.ServedModel));
        Assert.Equal([Also], status.AlsoModels!);
        Assert.Null(answer.Error);
    }

    [Fact]
    public void The_listed_model_and_the_identity_are_those_of_the_engines_own_name()
    {
        List<ListedModel> models = [new("small", 1000), new("large", 2000)];
        EngineDescription Of(string upstream) =>
            ModelList.Describe(models, new EngineOptions { Model = Asked, UpstreamModel = upstream }, "vllm", "1", isDeterministic: false);

        Assert.Equal((1000, 2000, Asked, "large"),
            (Of("small").ContextTokens, Of("large").ContextTokens, Of("large").Model, Of("large").ServedModel));
        Assert.Equal(4, ((string[])["", "small", "large", "larger"]).Select(u => Of(u).Identity).Distinct().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_shim_asked_directly_says_what_the_client_asked_for(bool stream)
    {
        await using var fake = await NamedEngine.StartAsync("openai");
        await using var shim = await ShimAsync("openai", fake,
            [.. Names, $"--Engine:UpstreamModel={fake.OnlyModel}", "--Api:OpenAi=true"]);
        using var caller = new FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        using var http = Clients.Create(shim.Address, ShimHost.Secret);
        foreach (var model in (string[])[Asked, Also])
        {
            using var content = new StringContent(ChatClient.Body("\"hi\"", stream, seed: 3, model: model), Encoding.UTF8, "application/json");
            using var response = await http.PostAsync("/v1/chat/completions", content, TestContext.Current.CancellationToken);
            var said = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Contains($"\"model\":\"{model}\"", said, StringComparison.Ordinal);
            Assert.DoesNotContain(fake.OnlyModel!, said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Pictures_are_measured_by_the_rule_of_the_model_that_serves()
    {
        await using var fake = await NamedEngine.StartAsync("vllm");
        await using var shim = await ShimAsync("vllm", fake,
            [.. Names, $"--Engine:UpstreamModel={fake.OnlyModel}", "--Guard:ImageTokens=9000"]);
        using var caller = new FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var picture = $"data:image/png;base64,{Convert.ToBase64String(Pictures.Claiming(4000, 3000))}";
        var answer = await caller.GenerateAsync(
            $$$"""{"model":"{{{Asked}}}","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{picture}}}"}}]}]}""");

        Assert.Equal("context_length_exceeded", answer.Error?.Code);
    }

    [Theory]
    [InlineData("the embedded engine has no such name", "--Engine:UpstreamModel=x")]
    [InlineData("remove Engine:Ollama:Name", "--Engine:Kind=ollama", "--Engine:Address=http://127.0.0.1:1", "--Engine:UpstreamModel=a",
        "--Engine:Ollama:Name=b")]
    public async Task What_it_can_not_be_stops_the_start_with_what_to_do(string words, params string[] arguments)
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => HostedShim.StartAsync(arguments));
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_gateways_would_not_believe_stops_the_start()
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => HostedShim.StartAsync(
            "--Engine:Kind=openai", "--Engine:Address=http://127.0.0.1:1", $"--Engine:UpstreamModel={new string('x', 257)}"));
        Assert.Contains("UpstreamModel", fault.Message, StringComparison.Ordinal);
    }

    private static Task<HostedShim> ShimAsync(string kind, EngineFake fake, string[] arguments) =>
        HostedShim.StartAsync(EngineShims.Arguments(kind, fake, arguments));
}
