using System.Text;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Answers of /v1/messages go on when a replica dies.</summary>
public sealed class MessagesFailoverTests
{
    [Fact]
    public async Task A_replica_that_is_killed_in_mid_stream_is_not_noticed()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, tokensPerSecond: 40, firstTokenMilliseconds: 0, "--Failover:Hedge=false");
        var png = Convert.ToBase64String(Pictures.Png(200, 100, (200, 40, 40), (20, 90, 200)));
        var body = MessagesClient.Body(stream: true, content: $$$"""[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{png}}}"}},{"type":"text","text":"What is it?"}]""");
        var (_, undisturbed) = await MessagesClient.SendAsync(gateway.Http, MessagesClient.Request(body));
        Assert.Contains("stop_reason\":\"end_turn", undisturbed, StringComparison.Ordinal);

        using var request = MessagesClient.Request(body, "X-Clawdbot-Details", "true");
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var answer = new StringBuilder();
        for (var deltas = 0; await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line;)
        {
            answer.Append(line).Append('\n');
            if (line == "event: content_block_delta" && ++deltas == 5)
                Signals.Send((await gateway.Fleet.NowAsync())[response.Headers.GetValues("X-Clawdbot-Replica").Single()].Pid!.Value, Signals.Kill);
        }
        var (seen, expected) = (MessagesClient.Events($"{answer}"), MessagesClient.Events(undisturbed));
        Assert.Equal(MessagesClient.Text(undisturbed), MessagesClient.Text($"{answer}"));
        Assert.Equal(expected.Select(e => e.Name).Distinct(), seen.Select(e => e.Name).Distinct());
        Assert.Equal(expected[^2].Data.GetProperty("usage").GetRawText(), seen[^2].Data.GetProperty("usage").GetRawText());
        var told = seen[^2].Data.GetProperty("clawdbot");
        Assert.Equal((2, "exact"), (told.GetProperty("attempts").GetInt32(), told.GetProperty("exactness").GetString()));
    }
}
