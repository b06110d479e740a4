using Clawdbot.ServiceDefaults.Wire;
using System.Globalization;
using System.Net.Http.Headers;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What an operator finds in the traces: each request from end to end, and why it took the way it took.</summary>
public sealed class TraceTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string ClientSpan = "b7ad6b7169203331";
    private const string Question = "What are you?";

    [Fact]
    public async Task Behind_Nginx_a_clients_trace_goes_on_through_the_gateway_its_attempt_and_the_replica()
    {
        NginxProcess.Require();
        await using var fleet = await TracedFleet.StartAsync();
        await using var nginx = await NginxProcess.StartAsync([fleet.Gateway.Address]);
        nginx.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TracedFleet.Key);
        nginx.Http.DefaultRequestHeaders.Add("traceparent", $"00-{TraceId}-{ClientSpan}-01");
        Assert.True((await nginx.Chat.AskAsync(Question, stream: true)).Whole);

        var spans = await fleet.StopAsync(4);
        Assert.All(spans, s => Assert.Equal(TraceId, s.TraceId));
        var server = Server(spans);
        Assert.Equal(ClientSpan, server.Parent);
        AssertChain(spans, server, 1);
        Assert.Equal(4, spans.Count);
    }

    [Fact]
    public async Task Without_a_clients_trace_the_gateway_begins_one_for_each_answer_streamed_or_not()
    {
        await using var fleet = await TracedFleet.StartAsync();
        var answers = new[] { await fleet.Gateway.Chat.AskAsync(Question, stream: true), await fleet.Gateway.Chat.AskAsync(Question, stream: false) };

        var traces = (await fleet.StopAsync(8)).GroupBy(s => s.TraceId).Select(t => t.ToList()).ToList();
        Assert.Equal(2, traces.Count);
        foreach (var answer in answers)
        {
            var spans = Assert.Single(traces, t => Server(t)["gen_ai.response.id"] == answer.Id);
            var server = Server(spans);
            Assert.Equal(("", false, "200"), (server.Parent, server.IsError, server["http.response.status_code"]));
            AssertChain(spans, server, 1);
            AssertStory(server, answer, attempts: 1);
            Assert.Equal(4, spans.Count);
        }
    }

    [Fact]
    public async Task An_answer_that_moved_is_one_trace_that_says_who_died_of_what_and_who_went_on()
    {
        await using var fleet = await TracedFleet.StartAsync(tokensPerSecond: 20);
        var (answer, killed) = await fleet.AskAndKillAsync(Question);
        Assert.True(answer is { Whole: true, Attempts: 2 }, $"{answer}");

        var spans = await fleet.StopAsync(6);
        Assert.Single(spans.Select(s => s.TraceId).Distinct());
        var server = Server(spans);
        AssertStory(server, answer, attempts: 2);
        var moved = Assert.Single(server.Events, e => e.Name == "failover").Attributes;
        Assert.Equal((killed, "exact"), (moved["clawdbot.replica"], moved["clawdbot.kind"]));

        var first = Assert.Single(spans, s => s.Name == $"attempt 1 on {killed}");
        Assert.True(first.IsError);
        Assert.Matches("^(connection_reset|replica_lost)$", first["clawdbot.outcome"]);
        Assert.Equal($"{first["clawdbot.outcome"]} after {moved["clawdbot.tokens"]} tokens", first.StatusMessage);
        Assert.Equal((server.Id, "0", moved["clawdbot.cause"]), (first.Parent, first["clawdbot.tokens.given"], first["clawdbot.outcome"]));
        Assert.Equal(OtlpKind.Client, Assert.Single(spans, s => s.Parent == first.Id).Kind); // whom it called died with its span

        var (second, replica) = AssertChain(spans, server, 2);
        Assert.Equal(moved["clawdbot.tokens"], second["clawdbot.tokens.given"]);
        Assert.True(int.Parse(second["clawdbot.tokens.given"], CultureInfo.InvariantCulture) > 0);
        Assert.Equal(second["clawdbot.tokens.given"], replica["clawdbot.tokens.given"]);
        Assert.Equal(("new", "exact"), (first["clawdbot.kind"], second["clawdbot.kind"]));
        Assert.Equal(6, spans.Count);
    }

    [Fact]
    public async Task An_answer_that_broke_off_is_an_error_in_its_trace_although_its_status_was_200()
    {
        await using var fleet = await TracedFleet.StartAsync(tokensPerSecond: 5);
        fleet.Gateway.Http.DefaultRequestHeaders.Add("X-Clawdbot-Continue", "none");
        var (answer, killed) = await fleet.AskAndKillAsync(Question);
        Assert.Equal((200, "cannot_continue", false), (answer.Status, answer.ErrorCode, answer.Whole));

        var spans = await fleet.StopAsync(3);
        var server = Server(spans);
        Assert.Equal(("200", "failed", "1"), (server["http.response.status_code"], server["clawdbot.result"], server["clawdbot.attempts"]));
        Assert.True(server.IsError, $"{server}");
        Assert.Matches("^cannot_continue after [1-9][0-9]* tokens$", server.StatusMessage);
        Assert.DoesNotContain(server.Events, e => e.Name == "failover");
        Assert.True(Assert.Single(spans, s => s.Name == $"attempt 1 on {killed}").IsError);
        Assert.Equal(3, spans.Count);
    }

    private static OtlpSpan Server(IReadOnlyList<OtlpSpan> spans) =>
        Assert.Single(spans, s => s is { Service: TracedFleet.GatewayName, Kind: OtlpKind.Server });

    /// <summary>Below the gateway's span one attempt that went well, below it the call, below it the replica's span.</summary>
    private static (OtlpSpan Attempt, OtlpSpan Replica) AssertChain(IReadOnlyList<OtlpSpan> spans, OtlpSpan server, int number)
    {
        Assert.Equal("POST /v1/chat/completions", server.Name);
        var attempt = Assert.Single(spans, s => s.Name.StartsWith($"attempt {number} on ", StringComparison.Ordinal));
        Assert.Equal((TracedFleet.GatewayName, server.Id, OtlpKind.Internal, false), (attempt.Service, attempt.Parent, attempt.Kind, attempt.IsError));
        Assert.Equal("completed", attempt["clawdbot.outcome"]);
        var call = Assert.Single(spans, s => s.Parent == attempt.Id);
        Assert.Equal((TracedFleet.GatewayName, OtlpKind.Client, false), (call.Service, call.Kind, call.IsError));
        var replica = Assert.Single(spans, s => s.Parent == call.Id);
        Assert.Equal(($"shim-{attempt["clawdbot.replica"]}", OtlpKind.Server, false), (replica.Service, replica.Kind, replica.IsError));
        Assert.Equal($"POST {FleetRoutes.Generate}", replica.Name);
        return (attempt, replica);
    }

    /// <summary>The gateway's span says of the answer what its client was told.</summary>
    private static void AssertStory(OtlpSpan server, ObservedAnswer answer, int attempts)
    {
        Assert.Equal(("completed", $"{attempts}"), (server["clawdbot.result"], server["clawdbot.attempts"]));
        Assert.Equal(("chat", ChatClient.Model, answer.Id), (server["gen_ai.operation.name"], server["gen_ai.request.model"], server["gen_ai.response.id"]));
        Assert.Equal(ChatClient.Model, server["gen_ai.response.model"]);
        Assert.Equal(($"{answer.PromptTokens}", $"{answer.CompletionTokens}"), (server["gen_ai.usage.input_tokens"], server["gen_ai.usage.output_tokens"]));
    }
}
