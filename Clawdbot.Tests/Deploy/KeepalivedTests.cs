using System.Collections.Concurrent;
using System.Net;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Deploy;

/// <summary>Two hosts with a front each before the same gateways: one of them fails, and the shared address moves to the other.</summary>
public sealed class KeepalivedTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    [Theory(Explicit = true)]
    [InlineData(FrontKind.Nginx, "front")]
    [InlineData(FrontKind.Nginx, "keepalived")]
    [InlineData(FrontKind.Nginx, "cable")]
    [InlineData(FrontKind.HaProxy, "front")]
    public async Task The_address_moves_and_requests_go_on(FrontKind kind, string lost)
    {
        FrontHost.Require(kind);
        await using var shim = await HostedShim.FastAsync();
        await using var lan = await VirtualLan.CreateAsync();
        await using var one = await GatewayAsync(lan, shim.Address);
        await using var other = await GatewayAsync(lan, shim.Address);
        await using var first = await FrontHost.StartAsync(lan, 0, kind, [one.Address, other.Address]);
        await Poll.UntilAsync(() => first.Taken == 1);
        await using var second = await FrontHost.StartAsync(lan, 1, kind, [one.Address, other.Address]);

        using var enough = new CancellationTokenSource();
        var seen = new ConcurrentQueue<(long At, bool IsWhole)>();
        var clients = Enumerable.Range(0, 4).Select(_ => ClientAsync(lan, seen, enough.Token)).ToList();
        await Poll.UntilAsync(() => seen.Count(s => s.IsWhole) > 50);
        Assert.Equal(0, second.Taken);

        var failed = TimeProvider.System.GetTimestamp();
        await LoseAsync(lan, first, lost);
        await Poll.UntilAsync(() => second.Taken == 1);
        var moved = TimeProvider.System.GetTimestamp();
        await Poll.UntilAsync(() => seen.Count(s => s.At > moved && s.IsWhole) > 50);
        await enough.CancelAsync();
        await Task.WhenAll(clients);

        var answered = seen.Where(s => s.IsWhole).Select(s => s.At).Order().ToList();
        var gap = answered.Zip(answered.Skip(1), (a, b) => TimeProvider.System.GetElapsedTime(a, b).TotalSeconds).Max();
        output.WriteLine($"{kind}, {lost}: address taken after {TimeProvider.System.GetElapsedTime(failed, moved).TotalSeconds:F1} s, "
            + $"longest time without an answer {gap:F1} s, {seen.Count(s => !s.IsWhole)} of {seen.Count} requests lost");
        Assert.All(seen.Where(s => !s.IsWhole), s => Assert.True(s.At >= failed, "A request was lost before anything was."));
        Assert.InRange(gap, 0, 15);
    }

    private static Task LoseAsync(VirtualLan lan, FrontHost host, string lost)
    {
        if (lost == "front")
            host.KillFront();
        else if (lost == "keepalived")
            host.KillKeepalived();
        else
            return lan.CutAsync(0);
        return Task.CompletedTask;
    }

    private static async Task<GatewayProcess> GatewayAsync(VirtualLan lan, Uri replica)
    {
        var gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", "--Auth:AllowAnonymous=true",
            $"--Discovery:Replicas:0={replica}", $"--urls=http://{lan.Here}:{FreePort.Next()}");
        await gateway.Fleet.UntilAsync(f => f.Replicas is [{ State: "Healthy" }]);
        return gateway;
    }

    /// <summary>Asks on and on, on a new connection each time.</summary>
    private static async Task ClientAsync(VirtualLan lan, ConcurrentQueue<(long At, bool IsWhole)> seen, CancellationToken enough)
    {
        using var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero, ConnectTimeout = TimeSpan.FromSeconds(1) };
        using var http = new HttpClient(handler)
        {
            BaseAddress = new Uri($"http://{lan.Free}"), Timeout = TimeSpan.FromSeconds(10), DefaultRequestVersion = HttpVersion.Version11,
        };
        var chat = new ChatClient(http);
        while (!enough.IsCancellationRequested)
        {
            var isWhole = false;
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System); // a cut cable says nothing
            try
            {
                isWhole = (await chat.AskAsync("hello", stream: true, more: ",\"max_tokens\":2", cancellation: limit.Token)).Whole;
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException)
            {
                // Lost.
            }
            seen.Enqueue((TimeProvider.System.GetTimestamp(), isWhole));
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }
}
