using System.Net;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>The drain verb while clients ask without pause: nothing is lost, and nothing is interrupted.</summary>
public sealed class DrainUnderLoadTests
{
    private const int Replicas = 3;
    private const int Clients = 8;

    [Fact]
    public async Task One_replica_after_the_other_is_drained_empty_and_returned_and_no_answer_is_disturbed()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(Replicas, 60, 20, SharedGateway.Trusting);
        var undisturbed = await gateway.Chat.AskAsync("What are you?", stream: true);
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(i => gateway.AskWithoutPauseAsync(stream: i % 2 == 0, enough.Token)).ToList();
        for (var i = 0; i < Replicas; i++)
        {
            var id = $"local-{i}";
            await gateway.Fleet.UntilAsync(f => f[id] is { State: "Healthy", InFlight: > 0 });
            Assert.Equal(HttpStatusCode.Accepted, await gateway.VerbAsync(id, "drain"));
            var drained = await gateway.Fleet.UntilAsync(f => f[id] is { State: "Draining", InFlight: 0 });
            var later = await gateway.Fleet.UntilAsync(f => f.Served > drained.Served + Clients);
            Assert.Equal(drained[id].Generations, later[id].Generations); // nothing new came
            Assert.Equal(HttpStatusCode.Accepted, await gateway.VerbAsync(id, "return"));
            await gateway.Fleet.UntilAsync(f => f[id] is { State: "Healthy", InFlight: > 0 });
        }
        await enough.CancelAsync();
        var answers = (await Task.WhenAll(clients)).SelectMany(all => all).ToList();

        Assert.True(answers.Count >= Replicas * Clients, $"Only {answers.Count} answers: no load to speak of.");
        Assert.All(answers, a => Assert.Equal((undisturbed.Content, true), (a.Content, a.Whole)));
        // A replica that was told to drain a moment ago may refuse one, and a slow first token may be hedged: attempts, but nothing that was interrupted.
        Assert.Equal(0, await gateway.MetricAsync("clawdbot_gateway_failovers_total"));
    }
}
