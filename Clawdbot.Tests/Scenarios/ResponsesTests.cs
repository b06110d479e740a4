using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Processes;
using OpenAI.Responses;
using ChatClient = Clawdbot.Testing.Load.ChatClient;
using Clients = Clawdbot.Testing.Load.Clients;

namespace Clawdbot.Tests.Scenarios;

#pragma warning disable OPENAI001 // the client calls this API experimental

/// <summary>/v1/responses: its events, what is kept, and OpenAI's own client.</summary>
public sealed class ResponsesTests(FastFleet fleet) : IClassFixture<FastFleet>
{
    private const string Tools = ""","tools":[{"type":"function","name":"look","parameters":{}}]""";

    [Fact]
    public async Task The_events_are_those_of_the_API_in_their_order_and_the_last_one_has_the_whole()
    {
        var events = Events(await PostAsync(fleet.Gateway.Address, Body("\"hi\"", ",\"stream\":true,\"seed\":3,\"max_output_tokens\":6")));

        Assert.Equal(
        [
            "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
            .. Enumerable.Repeat("response.output_text.delta", events.Count - 8),
            "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.incomplete",
        ], events.Select(e => e.GetProperty("type").GetString()));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => e.GetProperty("sequence_number").GetInt32()));
        var text = string.Concat(events.Where(e => e.TryGetProperty("delta", out _)).Select(e => e.GetProperty("delta").GetString()));
        var whole = events[^1].GetProperty("response");
        var plain = JsonDocument.Parse(await PostAsync(fleet.Gateway.Address, Body("\"hi\"", ",\"seed\":3,\"max_output_tokens\":6"))).RootElement;
        Assert.All([whole, plain], r => Assert.Equal((text, "incomplete", "max_output_tokens", 6, true), (TextOf(r), r.GetProperty("status").GetString(),
            r.GetProperty("incomplete_details").GetProperty("reason").GetString(), r.GetProperty("usage").GetProperty("output_tokens").GetInt32(), r.GetProperty("store").GetBoolean())));
        Assert.Equal(events[0].GetProperty("response").EnumerateObject().Select(f => f.Name), whole.EnumerateObject().Select(f => f.Name));
    }

    [Theory]
    [InlineData("openai", true, "function_call")]
    [InlineData("openai", false, "function_call")]
    [InlineData("sglang", true, "function_call")]
    [InlineData("sglang", false, "function_call")]
    public async Task Calls_are_items_of_their_own(string kind, bool stream, params string[] types)
    {
        await using var chain = await EngineChain.StartAsync(kind, WireForm.MoreThanText);
        var answer = await PostAsync(chain.Gateway, Body("\"hi\"", (stream ? ",\"stream\":true" : "") + Tools, chain.Model));
        var whole = stream ? Events(answer)[^1].GetProperty("response") : JsonDocument.Parse(answer).RootElement;
        var items = whole.GetProperty("output").EnumerateArray().ToList();

        Assert.Equal(types, items.Select(i => i.GetProperty("type").GetString()).Distinct());
        Assert.All(items, i => Assert.Equal("completed", i.GetProperty("status").GetString()));
        Assert.Equal(items.Count, items.Select(i => i.GetProperty("id").GetString()).Distinct().Count());
        if (!stream)
            return;
        var events = Events(answer);
        Assert.Equal(items.Select(i => i.GetRawText()), events.Where(e => e.GetProperty("type").GetString() == "response.output_item.done").Select(e => e.GetProperty("item").GetRawText()));
        var call = items[^1];
        Assert.Equal(call.GetProperty("arguments").GetString(), string.Concat(events.Where(e => e.GetProperty("type").GetString() == "response.function_call_arguments.delta"
            && e.GetProperty("item_id").GetString() == call.GetProperty("id").GetString()).Select(e => e.GetProperty("delta").GetString())));
    }

    [Fact]
    public async Task What_is_kept_is_shown_and_gone_on_from_until_it_is_forgotten()
    {
        var http = fleet.Gateway.Http;
        var first = JsonDocument.Parse(await PostAsync(fleet.Gateway.Address, Body("\"one\""))).RootElement;
        var id = first.GetProperty("id").GetString();
        Assert.Equal(first.GetRawText(), await http.GetStringAsync($"/v1/responses/{id}", TestContext.Current.CancellationToken));
        var second = JsonDocument.Parse(await PostAsync(fleet.Gateway.Address, Body("""[{"role":"user","content":"two"},{"role":"user","content":"three"}]""", $",\"previous_response_id\":\"{id}\""))).RootElement;
        Assert.True(Prompt(second) > Prompt(first) + first.GetProperty("usage").GetProperty("output_tokens").GetInt32());
        Assert.Equal(id, second.GetProperty("previous_response_id").GetString());

        var items = await http.GetFromJsonAsync<JsonElement>($"/v1/responses/{second.GetProperty("id").GetString()}/input_items?limit=1&order=asc", TestContext.Current.CancellationToken);
        Assert.Equal(("two", true), (items.GetProperty("data")[0].GetProperty("content").GetString(), items.GetProperty("has_more").GetBoolean()));
        Assert.Equal(HttpStatusCode.OK, (await http.DeleteAsync($"/v1/responses/{id}", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/v1/responses/{id}", TestContext.Current.CancellationToken)).StatusCode);
        var unkept = JsonDocument.Parse(await PostAsync(fleet.Gateway.Address, Body("\"one\"", ",\"store\":false"))).RootElement;
        Assert.False(unkept.GetProperty("store").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/v1/responses/{unkept.GetProperty("id").GetString()}", TestContext.Current.CancellationToken)).StatusCode);

        static int Prompt(JsonElement response) => response.GetProperty("usage").GetProperty("input_tokens").GetInt32();
    }

    [Fact]
    public async Task Any_gateway_goes_on_from_what_another_one_kept_in_their_store()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var shim = await HostedShim.FastAsync();
        string[] arguments = [$"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={shim.Address}", $"--SharedStore:Redis={redis.Address}", "--SharedStore:RedisMilliseconds=2000"];
        await using var one = await GatewayProcess.StartAsync(arguments);
        await using var other = await GatewayProcess.StartAsync(arguments);
        foreach (var gateway in (GatewayProcess[])[one, other])
        {
            await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 1 && f.Replicas.All(r => r.State == "Healthy"));
            await Deploy.Poll.UntilAsync(() => gateway.Program.Output.Contains("The shared store answers", StringComparison.Ordinal));
        }
        var first = JsonDocument.Parse(await PostAsync(one.Address, Body("\"one\""))).RootElement;
        var second = JsonDocument.Parse(await PostAsync(other.Address, Body("\"two\"", $",\"previous_response_id\":\"{first.GetProperty("id").GetString()}\""))).RootElement;

        Assert.Equal("completed", second.GetProperty("status").GetString());
        Assert.Equal(second.GetRawText(), await GetAsync(one.Address, $"/v1/responses/{second.GetProperty("id").GetString()}"));
    }

    [Fact]
    public async Task OpenAIs_client_sees_no_seam_when_the_replica_is_killed_in_the_middle()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, 30, 0, SharedGateway.Trusting);
        var client = new ResponsesClient(new ApiKeyCredential("none"), new ResponsesClientOptions
        {
            Endpoint = new Uri(gateway.Address, "/v1"), RetryPolicy = new ClientRetryPolicy(0),
        });
        var undisturbed = (await client.CreateResponseAsync(Options(stream: false), TestContext.Current.CancellationToken)).Value.GetOutputText();
        var (text, pieces, last) = (new StringBuilder(), 0, (StreamingResponseUpdate?)null);
        await foreach (var update in await client.CreateResponseStreamingAsync(Options(stream: true), TestContext.Current.CancellationToken))
        {
            last = update;
            if (update is not StreamingResponseOutputTextDeltaUpdate delta)
                continue;
            text.Append(delta.Delta);
            if (++pieces == 5)
                Signals.Send((await gateway.Fleet.NowAsync()).Replicas.Single(r => r.Answering == 1).Pid!.Value, Signals.Kill);
        }

        Assert.Equal(undisturbed, text.ToString());
        Assert.Equal(undisturbed, Assert.IsType<StreamingResponseCompletedUpdate>(last).Response.GetOutputText());
        Assert.Equal(1, await gateway.MetricAsync("clawdbot_gateway_failovers_total"));

        static CreateResponseOptions Options(bool stream) => new()
        {
            Model = ChatClient.Model, InputItems = { ResponseItem.CreateUserMessageItem("Tell me of the sea") }, Temperature = 0, StreamingEnabled = stream,
        };
    }

    [Fact]
    public async Task Where_no_other_replica_is_left_the_stream_has_an_error_of_this_API_and_is_cut()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(1, 20, 0, SharedGateway.Trusting);
        using var http = Clients.Create(gateway.Address, null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/responses") { Content = new StringContent(Body("\"hi\"", ",\"stream\":true"), Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Clawdbot-Continue", "none");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var lines = new List<string>();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                lines.Add(line);
                if (lines.Count == 24)
                    Signals.Send((await gateway.Fleet.NowAsync()).Replicas[0].Pid!.Value, Signals.Kill);
            }
        });

        Assert.Contains("event: error", lines);
        var error = JsonDocument.Parse(lines.Last(l => l.StartsWith("data: ", StringComparison.Ordinal))["data: ".Length..]).RootElement;
        Assert.Equal(("error", "cannot_continue"), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.DoesNotContain(lines, l => l.Contains("response.completed", StringComparison.Ordinal));
    }

    private static string Body(string input, string more = "", string model = ChatClient.Model) => $$"""{"model":"{{model}}","input":{{input}}{{more}}}""";

    private static async Task<string> PostAsync(Uri gateway, string body)
    {
        using var http = Clients.Create(gateway, null);
        using var response = await http.PostAsync(new Uri("/v1/responses", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return response.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{response.StatusCode}: {text}");
    }

    private static async Task<string> GetAsync(Uri gateway, string path)
    {
        using var http = Clients.Create(gateway, null);
        return await http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
    }

    private static List<JsonElement> Events(string stream) =>
    [
        .. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(e => !e.StartsWith(':')).Select(e =>
        {
            var lines = e.Split('\n');
            var data = JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement;
            Assert.Equal($"event: {data.GetProperty("type").GetString()}", lines[0]);
            return data;
        }),
    ];

    private static string? TextOf(JsonElement response) => response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString();
}
