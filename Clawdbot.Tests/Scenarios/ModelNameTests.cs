using System.Net;
using System.Text.Json;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Shim.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>By which names clients may ask for models, and what they are told of them.</summary>
public sealed class ModelNameTests
{
    private const string Real = "Qwen/Qwen3-VL-30B";
    private const string Alias = "gpt-4o";

    /// <summary>Path and body, with NAMED for the model's field.</summary>
    public static TheoryData<string, string> Requests => new()
    {
        { "/v1/chat/completions", """{NAMED"stream":true,"messages":[{"role":"user","content":"hi"}]}""" },
        { "/v1/chat/completions", """ { "messages" : [ { "role" : "user", "content" : "hi" } ], NAMED "seed":1}""" },
        { "/api/process", """{"type":"text",NAMED"content":"hi"}""" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Engines_get_the_model_that_an_alias_stands_for_and_clients_their_own_word(string path, string body)
    {
        await using var engine = await OpenAiFake.StartAsync();
        engine.OnlyModel = Real;
        await using var shim = await HostedShim.StartAsync(EngineShims.Arguments("openai", engine, $"--Engine:Model={Real}"));
        await using var gateway = await StartAsync([shim], $"--Models:Aliases:{Alias}={Real}");

        var aliased = await NamedFleet.SendAsync(gateway, path, body.Replace("NAMED", $"\"model\":\"{Alias}\",", StringComparison.Ordinal));
        Assert.Equal((Alias, Real, null), (Assert.Single(aliased.Models), aliased.Header, aliased.Error));
        Assert.NotEmpty(aliased.Text);
        foreach (var none in (string[])["", "\"model\":null,", "\"model\":\"\","])
        {
            var unnamed = await NamedFleet.SendAsync(gateway, path, body.Replace("NAMED", none, StringComparison.Ordinal));
            Assert.Equal((Real, null), (Assert.Single(unnamed.Models), unnamed.Error));
        }
        var unknown = await NamedFleet.SendAsync(gateway, path, body.Replace("NAMED", "\"model\":\"gpt-9\",", StringComparison.Ordinal));
        Assert.Equal("model_not_found", unknown.Error);
        Assert.Equal(4, engine.Core.Bodies.Count);
    }

    [Fact]
    public async Task Each_model_and_alias_is_listed_and_had_by_its_id_with_what_its_replicas_say()
    {
        await using var shim = await HostedShim.FastAsync();
        await using var gateway = await StartAsync([shim], $"--Models:Aliases:{Real}={ChatClient.Model}", "--Models:Aliases:unserved=nobody");

        using var list = JsonDocument.Parse(await gateway.Http.GetStringAsync("/v1/models"));
        Assert.Equal([ChatClient.Model, Real], list.RootElement.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()));
        foreach (var (path, id) in ((string, string)[])[($"/v1/models/{Real}", Real), ("/v1/models/Qwen%2FQwen3-VL-30B", Real), ($"/v1/models/{ChatClient.Model}", ChatClient.Model)])
        {
            using var one = JsonDocument.Parse(await gateway.Http.GetStringAsync(path));
            Assert.Equal((id, "model"), (one.RootElement.GetProperty("id").GetString(), one.RootElement.GetProperty("object").GetString()));
            Assert.True(one.RootElement.GetProperty("context_length").GetInt32() > 0);
            Assert.True(one.RootElement.GetProperty("capabilities").GetProperty("pictures").GetBoolean());
            Assert.False(one.RootElement.GetProperty("capabilities").GetProperty("tools").GetBoolean());
        }
        foreach (var (path, status) in ((string, int)[])[("/v1/models", 200), ("/v1/models/", 200), ($"/v1/models/{Real}", 200), ("/v1/models/unserved", 404)])
        {
            using var head = await gateway.Http.SendAsync(new(HttpMethod.Head, path));
            Assert.Equal((status, 0), ((int)head.StatusCode, (await head.Content.ReadAsByteArrayAsync()).Length));
        }
        using var unknown = await gateway.Http.GetAsync("/v1/models/nobody/here");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("\"model_not_found\"", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_several_models_are_served_a_request_must_name_one()
    {
        await using var engine = await OpenAiFake.StartAsync();
        await using var one = await HostedShim.StartAsync(EngineShims.Arguments("openai", engine, "--Engine:Model=one"));
        await using var two = await HostedShim.StartAsync(EngineShims.Arguments("openai", engine, "--Engine:Model=two"));
        await using var gateway = await StartAsync([one, two]);

        foreach (var (path, body) in Requests.Select(r => (r.Data.Item1, r.Data.Item2)))
        {
            var unnamed = await NamedFleet.SendAsync(gateway, path, body.Replace("NAMED", "", StringComparison.Ordinal));
            Assert.Equal("missing_field", unnamed.Error);
            var named = await NamedFleet.SendAsync(gateway, path, body.Replace("NAMED", "\"model\":\"two\",", StringComparison.Ordinal));
            Assert.Equal(("two", null), (Assert.Single(named.Models), named.Error));
        }
    }

    [Fact]
    public async Task An_unknown_model_reaches_no_engine_even_before_replicas_told_theirs()
    {
        await using var engine = await OpenAiFake.StartAsync();
        await using var shim = await HostedShim.StartAsync(EngineShims.Arguments("openai", engine, $"--Engine:Model={Real}"));
        await using var gateway = await HostedGateway.StartAsync($"--Discovery:Replicas:0={shim.Address}", "--Failover:ReplicaWaitSeconds=1");

        var early = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            NamedFleet.SendAsync(gateway, "/v1/chat/completions", """{"model":"gpt-9","messages":[{"role":"user","content":"hi"}]}""")));
        await gateway.Fleet.UntilAsync(f => f.Replicas is [{ State: "Healthy" }]);

        Assert.All(early, e => Assert.True(e.Error is "model_not_found" or "no_replica", e.Error));
        Assert.Empty(engine.Core.Bodies);
    }

    [Theory]
    [InlineData("--Models:Aliases:a=")]
    [InlineData("--Models:Aliases:a=b", "--Models:Aliases:b=c")]
    public async Task An_alias_that_leads_nowhere_stops_the_start(params string[] arguments)
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => HostedGateway.StartAsync(["--Discovery:Replicas:0=http://127.0.0.1:1", .. arguments]));

        Assert.Contains("Models:Aliases:a", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<HostedGateway> StartAsync(HostedShim[] shims, params string[] arguments)
    {
        var gateway = await HostedGateway.StartAsync([.. shims.Select((s, i) => $"--Discovery:Replicas:{i}={s.Address}"), .. arguments]);
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == shims.Length && f.Replicas.All(r => r.State == "Healthy"));
        return gateway;
    }
}
