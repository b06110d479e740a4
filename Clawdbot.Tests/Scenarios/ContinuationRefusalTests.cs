using Clawdbot.Tests.Fakes;
using System.Text.Json.Nodes;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Answers that are more than one text: they are said again from the beginning, or end in an explicit error, and never go on by ids or text.</summary>
[Collection(ContinuationFleetGroup.Name)]
public sealed class ContinuationRefusalTests(ContinuationFleets fleets)
{
    private const string Tools = ",\"tools\":[{\"type\":\"function\"}]";

    [Theory]
    [InlineData(Tools)]
    [InlineData(",\"logprobs\":true")]
    [InlineData(",\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData(",\"guided_regex\":\"a+\"")]
    [InlineData(",\"n\":2")]
    public async Task By_text_they_never_go_on(string more)
    {
        var fleet = await fleets.ByTextAsync();
        var seen = await fleet.AskAsync(true, more, disturbances: new Disturbance.Cut(6));
        Assert.Equal((false, "cannot_continue"), (seen.Whole, seen.ErrorCode));
        Assert.Single(fleet.Bodies);

        var undisturbed = await fleet.AskAsync(false, more);
        Assert.Equal(undisturbed.Content, (await fleet.AskAsync(false, more, disturbances: new Disturbance.Cut(3))).Content);
    }

    [Theory]
    [InlineData(",\"response_format\":{\"type\":\"json_object\"}", true)]
    [InlineData(",\"guided_regex\":\"a+\"", true)]
    [InlineData(",\"n\":2", true)]
    [InlineData(Tools, false)]
    [InlineData(",\"logprobs\":true", false)]
    public async Task Said_again_they_are_as_long_as_only_text_was_seen(string more, bool onlyText)
    {
        var fleet = await fleets.RepeatableAsync();
        var undisturbed = await ChoicesAsync(fleet, more);
        for (var cut = 0; cut < 30; cut += 3)
        {
            var seen = await ChoicesAsync(fleet, more, new Disturbance.Cut(cut));
            if (onlyText || seen.Whole)
                Assert.Equal(undisturbed, seen);
            else
                Assert.Equal("cannot_continue", seen.Error);
            Assert.True(seen.Whole || cut > 1, $"cut {cut}");
        }
    }

    [Fact]
    public async Task Tool_calls_come_through_to_a_client_that_streams_and_to_one_that_does_not()
    {
        var fleet = await fleets.PlainAsync();
        var streamed = await ChoicesAsync(fleet, Tools);
        var plain = JsonNode.Parse(await (await fleet.Gateway.Http.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), Json(Tools, stream: false), TestContext.Current.CancellationToken))
            .Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        var choice = plain["choices"]![0]!;
        var call = choice["message"]!["tool_calls"]![0]!;

        Assert.Equal(("look", streamed.Arguments), (call["function"]!["name"]!.GetValue<string>(), call["function"]!["arguments"]!.GetValue<string>()));
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(streamed.Arguments));
        Assert.Null(choice["message"]!["content"]);
        Assert.Equal(("assistant", "tool_calls"), (choice["message"]!["role"]!.GetValue<string>(), choice["finish_reason"]!.GetValue<string>()));
        Assert.Equal(12, plain["usage"]!["completion_tokens"]!.GetValue<int>());
    }

    /// <summary>All that a client of a stream sees of all choices.</summary>
    private static async Task<Seen> ChoicesAsync(ContinuationFleet fleet, string more, params Disturbance[] disturbances)
    {
        await fleet.SettledAsync();
        foreach (var disturbance in disturbances)
            fleet.Script.Enqueue(disturbance);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(more, stream: true) };
        using var response = await fleet.Gateway.Http.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var lines = (await response.Content.ReadToCutAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l["data: ".Length..]).ToList();
        var chunks = lines.Where(l => l != "[DONE]").Select(l => JsonNode.Parse(l)!).ToList();
        var choices = chunks.SelectMany(c => c["choices"]?.AsArray() ?? []).ToList();
        string All(int index, Func<JsonNode, JsonNode?> part) => string.Concat(choices.Where(c => c!["index"]!.GetValue<int>() == index).Select(c => part(c!)?.ToString()));
        return new Seen(
            All(0, c => c["delta"]!["content"]), All(1, c => c["delta"]!["content"]), All(0, c => c["delta"]!["tool_calls"]?[0]?["function"]?["arguments"]),
            All(0, c => c["finish_reason"]) + All(1, c => c["finish_reason"]), chunks.Select(c => c["usage"]?["completion_tokens"]?.GetValue<int>()).LastOrDefault(u => u is not null),
            lines[^1] == "[DONE]", chunks.Select(c => c["error"]?["code"]?.GetValue<string>()).LastOrDefault(e => e is not null));
    }

    private static StringContent Json(string more, bool stream) =>
        new(ChatClient.Body("\"hi\"", stream, 3, more, OpenAiFake.Model), System.Text.Encoding.UTF8, "application/json");

    private sealed record Seen(string First, string Second, string Arguments, string Reasons, int? Tokens, bool Whole, string? Error);
}
