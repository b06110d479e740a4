using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A gateway over two shims that are the parents of their engines, and clients whose answers are held against the undisturbed one.</summary>
internal sealed class ParentFleet : IAsyncDisposable
{
    private const string Question = "What are you? 🦀";
    private const int Clients = 8;

    public List<ParentedShim> Shims { get; } = [];

    public GatewayProcess Gateway { get; private set; } = null!;

    /// <summary>The answer of an undisturbed engine.</summary>
    public ObservedAnswer Undisturbed { get; private set; } = null!;

    /// <summary>Milliseconds, the new replica's first token and what it said again included.</summary>
    public double LongestSilence { get; private set; }

    public static async Task<ParentFleet> StartAsync(double tokensPerSecond = 20, string before = "", params string[] arguments)
    {
        var fleet = new ParentFleet();
        for (var i = 0; i < 2; i++)
            fleet.Shims.Add(await ParentedShim.StartAsync(before, tokensPerSecond, arguments: arguments));
        fleet.Gateway = await GatewayProcess.StartAsync("--Failover:Hedge=false", $"--Fleet:Secret={ShimHost.Secret}", $"--Fleet:AdminSecret={ShimHost.AdminSecret}",
            $"--Discovery:Replicas:0={fleet.Shims[0].Host.Address}", $"--Discovery:Replicas:1={fleet.Shims[1].Host.Address}");
        await fleet.HealthyAsync();
        fleet.Undisturbed = await fleet.Gateway.Chat.AskAsync(Question, stream: true);
        Assert.True(fleet.Undisturbed is { Whole: true, Attempts: <= 1 }, $"{fleet.Undisturbed}");
        return fleet;
    }

    /// <summary>Both replicas serve.</summary>
    public Task<FleetView> HealthyAsync() => Gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));

    /// <summary>The first shim, as the gateway sees it.</summary>
    public ReplicaView First(FleetView fleet) => fleet.Replicas.Single(r => r.Address is { } address && new Uri(address).Authority == Shims[0].Host.Address.Authority);

    /// <summary>Lets clients ask, does <paramref name="fault"/> while both replicas answer, and holds every answer against the undisturbed one.</summary>
    /// <returns>How many answers moved. <see cref="LongestSilence"/> is of these.</returns>
    public async Task<int> UnderLoadAsync(Func<Task> fault)
    {
        var asking = Enumerable.Range(0, Clients).Select(_ => Gateway.Chat.AskAsync(Question, stream: true)).ToList();
        await Gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.Answering > 0));
        await fault();
        var answers = await Task.WhenAll(asking);
        Assert.All(answers, a => Assert.True(a.Whole, $"{a}"));
        Assert.All(answers, a => Assert.Equal(Undisturbed.Content, a.Content));
        Assert.All(answers, a => Assert.False(a.Approximate));
        Assert.Equal(0, (await Gateway.Fleet.NowAsync()).Failed);
        LongestSilence = answers.SelectMany(a => a.Silences).DefaultIfEmpty().Max();
        return answers.Count(a => a.Attempts > 1);
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        foreach (var shim in Shims)
            await shim.DisposeAsync();
    }
}
