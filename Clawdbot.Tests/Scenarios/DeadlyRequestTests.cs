using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Real engines that die of a request, behind shims that live and start them again.</summary>
public sealed class DeadlyRequestTests
{
    private const string Deadly = "deadly-request";

    [Fact]
    public async Task What_real_engines_die_of_is_refused_and_no_other_answer_is_lost()
    {
        List<ParentedShim> shims = [];
        List<MarkedPath> paths = [];
        var deaths = 0;
        for (var i = 0; i < 3; i++)
        {
            var shim = await ParentedShim.StartAsync(tokensPerSecond: 15, firstTokenMilliseconds: 1000);
            shims.Add(shim);
            paths.Add(new MarkedPath(shim.Host.Address, System.Text.Encoding.UTF8.GetBytes(Deadly), () =>
            {
                Interlocked.Increment(ref deaths);
                Signals.Send(shim.Engine, Signals.Kill);
            }));
        }
        await using (var gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", "--Failover:ReplicaWaitSeconds=60", "--Failover:ContinuationWaitSeconds=60",
            "--Edge:KeepAliveSeconds=600", // behind a sign of life, which a busy machine takes long enough for, the refusal has no status
            .. paths.Select((p, i) => $"--Discovery:Replicas:{i}={p.Address}")]))
        {
            await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 3 && f.Replicas.All(r => r.State == "Healthy"));
            var asking = Enumerable.Range(0, 9).Select(_ => gateway.Chat.AskAsync("What are you?", stream: true)).ToList();
            await gateway.Fleet.UntilAsync(f => f.Replicas.Sum(r => r.Answering) == 9);

            var seen = await gateway.Chat.AskAsync(Deadly, stream: true);
            var answers = await Task.WhenAll(asking);

            Assert.Equal((422, "request_quarantined"), (seen.Status, seen.ErrorCode));
            Assert.All(answers, a => Assert.True(a is { Whole: true, Approximate: false } && a.Text == answers[0].Text, $"{a}"));
            Assert.InRange(deaths, 2, 8); // on a busy machine one may be heard of too late to count, or have company that was on its way
            await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
            Assert.Equal(422, (await gateway.Chat.AskAsync(Deadly, stream: true)).Status);
            Assert.True((await gateway.Chat.AskAsync("What are you?", stream: true)).Whole);
        }
        foreach (var path in paths)
            await path.DisposeAsync();
        foreach (var shim in shims)
            await shim.DisposeAsync();
    }
}
