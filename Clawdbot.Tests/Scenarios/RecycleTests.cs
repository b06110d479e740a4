using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>An engine that leaks is started again before the kernel ends it, when every gateway agrees, and no client notices.</summary>
public sealed class RecycleTests
{
    /// <summary>Beside the engine, and of its session: a process more every quarter of a second, a MiB or two each.</summary>
    private const string Leak = """
        sh -c 'while :; do sleep 600 & sleep 0.25; done' &
        """;

    private static readonly string[] Watched = ["--Engine:Parent:RecycleGibPerHour=2", "--Engine:Parent:RecycleWindowSeconds=5"];

    [Fact]
    public async Task With_two_gateways_both_must_agree_and_a_listener_that_does_not_holds_it_up()
    {
        await using var leaking = await ParentedShim.StartAsync(Leak, arguments: Watched);
        await using var sound = await ParentedShim.StartAsync();
        var released = false;
        using var listener = new Fakes.FleetCaller(leaking.Host.Address);
        var listening = listener.StatusAsync(s => Volatile.Read(ref released)); // a gateway of before there were consents
        await using var one = await GatewayAsync(leaking, sound);
        await using var two = await GatewayAsync(leaking, sound);

        await Poll.UntilAsync(() => Agreed(one) && Agreed(two));
        var still = 0;
        await listener.StatusAsync(s => s is { WantsRecycle: not null, Verdict: ShimVerdict.Ready } && ++still > 8); // it is held up nevertheless
        Assert.Single(leaking.Engines);
        Volatile.Write(ref released, true);
        await listening;

        await Poll.UntilAsync(() => leaking.Engines.Count == 2);
        Assert.Matches("Every gateway agrees; recycling: the engine holds [0-9.]+ GiB of memory and grows by [0-9.]+ GiB an hour", leaking.Host.Program.Output);
        await Healthy(one);
        Assert.Single(sound.Engines);
        leaking.NeverTwo();
    }

    [Fact]
    public async Task Alone_it_is_not_recycled_because_nobody_else_would_serve()
    {
        await using var leaking = await ParentedShim.StartAsync(Leak, arguments: Watched);
        await using var gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={leaking.Host.Address}");
        using var listener = new Fakes.FleetCaller(leaking.Host.Address);
        await listener.StatusAsync(s => s.WantsRecycle is not null);
        var wishes = 0;
        await listener.StatusAsync(s => s is { WantsRecycle: not null, Verdict: ShimVerdict.Ready } && ++wishes > 10); // ten ticks of the gateway's and more

        Assert.False(Agreed(gateway));
        Assert.Single(leaking.Engines);
    }

    [Fact]
    public async Task Answers_that_run_meanwhile_are_finished_first()
    {
        await using var leaking = await ParentedShim.StartAsync(Leak, tokensPerSecond: 20, arguments: Watched);
        await using var sound = await ParentedShim.StartAsync(tokensPerSecond: 20);
        await using var gateway = await GatewayAsync(leaking, sound);
        var undisturbed = await gateway.Chat.AskAsync("What are you?", stream: true);
        var answers = new List<Task<ObservedAnswer>>();
        while (leaking.Engines.Count == 1)
        {
            answers.Add(gateway.Chat.AskAsync("What are you?", stream: true));
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        Assert.All(await Task.WhenAll(answers), a => Assert.Equal((undisturbed.Content, true), (a.Content, a.Whole)));
        Assert.Equal(0, await gateway.MetricAsync("clawdbot_gateway_failovers_total"));
        Assert.Equal(0, (await gateway.Fleet.NowAsync()).Failed);
    }

    private static bool Agreed(GatewayProcess gateway) => gateway.Program.Output.Contains("may recycle its engine (204)", StringComparison.Ordinal);

    private static async Task<GatewayProcess> GatewayAsync(params ParentedShim[] shims)
    {
        // Nothing here is about silence, which a busy machine makes too.
        var gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", "--Health:SilenceMilliseconds=60000", .. shims.Select((s, i) => $"--Discovery:Replicas:{i}={s.Host.Address}")]);
        await Healthy(gateway);
        return gateway;
    }

    private static Task<FleetView> Healthy(GatewayProcess gateway) => gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
}
