using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Whole replicas, whole fleets and whole gateways go away.</summary>
public sealed class ReplicaLossTests(ReplicaLossTests.NarrowGateway narrow) : IClassFixture<ReplicaLossTests.NarrowGateway>
{
    [Fact]
    public async Task When_all_replicas_are_killed_clients_wait_or_are_told_when_to_come_again_and_service_returns()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, 30, 200, SharedGateway.Trusting); // else a busy machine's replicas may be started once more
        var before = await gateway.Fleet.NowAsync();
        foreach (var replica in before.Replicas)
            Signals.Send(replica.Pid!.Value, Signals.Kill);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => gateway.Chat.AskAsync("hello", stream: true)));

        Assert.All(answers, a => Assert.True(a is { Whole: true, Status: 200 } or { Status: 503, RetryAfter: > 0 }, $"{a}"));
        var after = await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        Assert.All(after.Replicas, r => Assert.True(r.Pid != before[r.Id].Pid && r.Starts == 2));
        Assert.True((await gateway.Chat.AskAsync("hello", stream: false)).Whole);
    }

    [Fact]
    public async Task Without_any_replica_in_time_the_answer_is_503_with_retry_after()
    {
        await using var gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", "--Discovery:Replicas:0=http://127.0.0.1:1", "--Admission:NoReplicaSeconds=1");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 1);
        var seen = await gateway.Chat.AskAsync("hello", stream: true);

        Assert.Equal((503, "no_replica"), (seen.Status, seen.ErrorCode));
        Assert.InRange(seen.RetryAfter!.Value, 1, 60);
    }

    [Fact]
    public async Task A_killed_gateway_leaves_no_shim_not_even_a_stopped_one()
    {
        var gateway = await GatewayProcess.WithLocalReplicasAsync(3, tokensPerSecond: 5, firstTokenMilliseconds: 0);
        await using (gateway)
        {
            var pids = (await gateway.Fleet.NowAsync()).Replicas.Select(r => r.Pid!.Value).ToList();
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var asking = gateway.Chat.AskAsync("hello", stream: true, onText: _ => begun.TrySetResult());
            await Task.WhenAny(begun.Task, asking); // before its first byte there is no stream to break
            Signals.Send(pids[0], Signals.Stop);
            gateway.Program.Signal(Signals.Kill);
            await gateway.Program.Exited;

            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
            while (pids.Any(Signals.Exists))
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
            Assert.False((await asking).Whole); // visibly broken, never a quiet end
        }
    }

    [Fact]
    public async Task A_client_that_leaves_in_mid_stream_frees_the_replica_at_once()
    {
        var gateway = narrow.Process;
        var before = (await narrow.IdleAsync()).Replicas[0].TokensGenerated;
        using var leave = new CancellationTokenSource();
        var asking = gateway.Chat.AskAsync("hello", stream: true, cancellation: leave.Token);
        await gateway.Fleet.UntilAsync(f => f.Active == 1 && f.Replicas[0].Answering == 1);
        await leave.CancelAsync();
        Assert.Equal(ObservedAnswer.Silence, (await asking).Break);

        var fleet = await gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas[0].InFlight == 0);
        Assert.Equal("Healthy", fleet.Replicas[0].State);
        Assert.True(fleet.Replicas[0].TokensGenerated - before < 20, "the engine went on for a client that had left");
    }

    [Fact]
    public async Task A_client_that_leaves_the_queue_frees_its_place()
    {
        var gateway = narrow.Process;
        await narrow.IdleAsync();
        using var leave = new CancellationTokenSource();
        using var leaveFirst = new CancellationTokenSource();
        var first = gateway.Chat.AskAsync("hello", stream: true, cancellation: leaveFirst.Token);
        await gateway.Fleet.UntilAsync(f => f.Active == 1);
        var queued = gateway.Chat.AskAsync("hello", stream: true, cancellation: leave.Token);
        await gateway.Fleet.UntilAsync(f => f.Queued == 1);

        var refused = await gateway.Chat.AskAsync("hello", stream: true);
        Assert.Equal((429, "saturated"), (refused.Status, refused.ErrorCode));
        Assert.InRange(refused.RetryAfter!.Value, 1, 60);

        await leave.CancelAsync();
        Assert.Equal(ObservedAnswer.Silence, (await queued).Break);
        await gateway.Fleet.UntilAsync(f => f is { Queued: 0, Active: 1 });
        await leaveFirst.CancelAsync();
        Assert.Equal(ObservedAnswer.Silence, (await first).Break);
    }

    [Fact]
    public async Task A_process_that_took_a_dead_replicas_address_gets_neither_prompt_nor_secret()
    {
        await using var shim = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=0");
        await using var gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={shim.Address}", "--Admission:NoReplicaSeconds=1");
        await gateway.Fleet.UntilAsync(f => f.Replicas is [{ State: "Healthy" }]);
        Assert.True((await gateway.Chat.AskAsync("hello", stream: true)).Whole);

        shim.Program.Signal(Signals.Kill);
        await shim.Program.Exited;
        using var thief = new TcpListener(IPAddress.Loopback, shim.Address.Port);
        thief.Start();
        var heard = new StringBuilder();
        _ = ListenAsync(thief, heard);

        await gateway.Fleet.UntilAsync(f => f.Replicas[0].Reason.Contains("fleet secret", StringComparison.Ordinal));
        var seen = await gateway.Chat.AskAsync("the secret prompt", stream: true);
        Assert.Equal((503, "no_replica"), (seen.Status, seen.ErrorCode));
        lock (heard)
        {
            Assert.Contains("GET /fleet/v1/proof", heard.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("the secret prompt", heard.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(ShimHost.Secret, heard.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_stopped_replica_that_does_not_come_back_is_killed_and_started_again()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, tokensPerSecond: 0, firstTokenMilliseconds: 0, "--Discovery:HungRestartSeconds=2");
        var pid = (await gateway.Fleet.NowAsync())["local-0"].Pid!.Value;
        Signals.Send(pid, Signals.Stop);

        await gateway.Fleet.UntilAsync(f => f["local-0"] is { State: "Ejected" } r && r.Reason.Contains("silent", StringComparison.Ordinal));
        await gateway.Fleet.UntilAsync(f => f["local-0"] is { State: "Healthy" } r && r.Pid != pid);
        Assert.False(Signals.Exists(pid));
    }

    /// <summary>Answers whatever comes as a web server would that knows nothing of fleets.</summary>
    private static async Task ListenAsync(TcpListener listener, StringBuilder heard)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                var buffer = new byte[64 << 10];
                var read = await client.GetStream().ReadAsync(buffer);
                lock (heard)
                    heard.Append(Encoding.UTF8.GetString(buffer, 0, read));
                await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
                read = await client.GetStream().ReadAsync(buffer);
                lock (heard)
                    heard.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or IOException)
        {
        }
    }

    /// <summary>One replica that takes one request, slowly, and one more may wait.</summary>
    public sealed class NarrowGateway : SharedGateway
    {
        private protected override Task<GatewayProcess> StartAsync() =>
            GatewayProcess.WithLocalReplicasAsync(1, tokensPerSecond: 2, firstTokenMilliseconds: 0, "--Engine:Capacity=1", "--Admission:QueueLimit=1");
    }
}
