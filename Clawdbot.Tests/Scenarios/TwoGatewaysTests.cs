using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Two real gateways over the same two real shims, each with four places.</summary>
public sealed class TwoGatewaysTests
{
    [Fact]
    public async Task Places_are_places_in_the_fleet_and_who_comes_to_the_other_gateway_does_not_wait_for_a_flood()
    {
        await using var one = await ShimAsync();
        await using var two = await ShimAsync();
        await using var flooded = await GatewayAsync(one, two);
        await using var other = await GatewayAsync(one, two);

        // Alone with its wish the first gateway has all eight places.
        var flood = Enumerable.Range(0, 40).Select(_ => flooded.Chat.AskAsync("hello", stream: true, more: ",\"max_tokens\":20")).ToList();
        await flooded.Fleet.UntilAsync(f => f is { Active: 8, Queued: 32 });

        var asked = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => other.Chat.AskAsync("hello", stream: true, more: ",\"max_tokens\":20")));
        var left = await flooded.Fleet.NowAsync();

        Assert.All(asked, a => Assert.True(a.Whole, $"{a}"));
        Assert.True(left.Queued > 0, "The other gateway's requests waited for the whole flood.");
        var answers = asked.Concat(await Task.WhenAll(flood)).ToList();
        Assert.All(answers, a => Assert.True(a is { Whole: true, Attempts: <= 3 }, $"{a}"));
        var sent = await AttemptsAsync(flooded) + await AttemptsAsync(other);
        Assert.True(sent <= 1.2 * answers.Count, FormattableString.Invariant($"{sent} attempts for {answers.Count} answers"));
    }

    [Fact]
    public async Task The_share_of_a_gateway_that_dies_goes_to_the_other()
    {
        await using var one = await ShimAsync();
        await using var two = await ShimAsync();
        await using var stays = await GatewayAsync(one, two);
        await using var dies = await GatewayAsync(one, two);
        using var leave = new CancellationTokenSource();
        var flood = Enumerable.Range(0, 30).Select(_ => dies.Chat.AskAsync("hello", stream: true, cancellation: leave.Token)).ToList();
        await dies.Fleet.UntilAsync(f => f is { Active: 8 });
        var asked = Enumerable.Range(0, 8).Select(_ => stays.Chat.AskAsync("hello", stream: true)).ToList();

        dies.Program.Signal(Signals.Kill);

        await stays.Fleet.UntilAsync(f => f is { Active: 8, Queued: 0 });
        Assert.All(await Task.WhenAll(asked), a => Assert.True(a.Whole, $"{a}"));
        await leave.CancelAsync();
        await Task.WhenAny(Task.WhenAll(flood)); // however they ended: their gateway is dead
    }

    private static Task<double> AttemptsAsync(GatewayProcess gateway) => gateway.MetricAsync("clawdbot_gateway_attempts_total");

    private static Task<ShimHost> ShimAsync() => ShimHost.StartAsync(
        "--Engine:Capacity=4", "--Engine:Embedded:TokensPerSecond=10", "--Engine:Embedded:FirstTokenDelayMilliseconds=0");

    private static async Task<GatewayProcess> GatewayAsync(ShimHost one, ShimHost two)
    {
        var gateway = await GatewayProcess.StartAsync("--Failover:Hedge=false", $"--Fleet:Secret={ShimHost.Secret}",
            $"--Discovery:Replicas:0={one.Address}", $"--Discovery:Replicas:1={two.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
        return gateway;
    }
}
