using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Limits of a tenant that floods two gateways which have nothing in common but the shims, or a Redis too.</summary>
public sealed class TwoGatewayLimitsTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_in_a_minute_are_limited_together(bool atBoth)
    {
        const int limit = 60;
        await using var fleet = await LimitedFleet.StartAsync(0, $"--Auth:Keys:0:RequestsPerMinute={limit}");

        await fleet.FloodAsync(8, 1, () => fleet.Admitted >= 0.8 * limit, atBoth ? [0, 1] : [0]);

        Check(limit, fleet.Admitted, 1.2 * limit * fleet.Minutes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tokens_in_a_minute_are_limited_together(bool atBoth)
    {
        const int limit = 3000;
        await using var fleet = await LimitedFleet.StartAsync(0, $"--Auth:Keys:0:TokensPerMinute={limit}");

        await fleet.FloodAsync(4, 16, () => fleet.Tokens >= 0.8 * limit, atBoth ? [0, 1] : [0]);

        Check(limit, fleet.Tokens, 1.2 * limit * fleet.Minutes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_under_way_are_limited_together(bool atBoth)
    {
        const int limit = 20;
        await using var fleet = await LimitedFleet.StartAsync(4, $"--Auth:Keys:0:Concurrent={limit}");

        await fleet.FloodAsync(4, 2000, () => fleet.Admitted >= 0.8 * limit, atBoth ? [0, 1] : [0]);

        Check(limit, fleet.Admitted, 1.2 * limit);
    }

    [Fact]
    public async Task The_requests_under_way_of_a_gateway_that_dies_are_free_for_the_other_one()
    {
        const int limit = 20;
        await using var fleet = await LimitedFleet.StartAsync(4, $"--Auth:Keys:0:Concurrent={limit}");
        await fleet.FloodAsync(4, 2000, () => fleet.Admitted >= 0.8 * limit, 0);
        var before = fleet.Admitted;

        fleet.Gateways[0].Program.Signal(Signals.Kill);

        await fleet.FloodAsync(4, 2000, () => fleet.Admitted - before >= 0.8 * limit, 1);
        Check(limit, fleet.Admitted - before, limit);
    }

    [Fact]
    public async Task With_Redis_limits_are_exact()
    {
        const int limit = 20;
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await SharedAsync(redis, 4, $"--Auth:Keys:0:Concurrent={limit}");
        await fleet.FloodAsync(10, 2000, () => fleet.Admitted >= limit, 0, 1);
        Check(limit, fleet.Admitted, limit, least: limit);

        await using var counted = await SharedAsync(redis, 0, $"--Auth:Keys:0:RequestsPerMinute={limit}");
        await counted.FloodAsync(10, 1, () => counted.Admitted >= limit, 0, 1);
        Check(limit, counted.Admitted, limit * counted.Minutes, least: limit);
    }

    [Fact]
    public async Task When_Redis_dies_in_the_middle_limits_go_on_and_count_what_was_used_before()
    {
        const int limit = 60;
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await SharedAsync(redis, 0, $"--Auth:Keys:0:RequestsPerMinute={limit}");
        await fleet.WaveAsync(20, 1, 0);
        await fleet.WaveAsync(10, 1, 1);
        Assert.Equal(30, fleet.Admitted);

        await redis.KillAsync();
        await fleet.FloodAsync(4, 1, () => fleet.Admitted >= 0.8 * limit, 0, 1);
        Check(limit, fleet.Admitted, 1.2 * limit * fleet.Minutes);

        // Redis comes back and knows nothing of all this.
        await redis.RestartAsync();
        foreach (var gateway in fleet.Gateways)
            await LimitedFleet.UntilSharedAsync(gateway, isShared: true);
        await fleet.WaveAsync(40, 1, 0, 1);
        Check(limit, fleet.Admitted, 1.2 * limit * fleet.Minutes);
    }

    private static async Task<LimitedFleet> SharedAsync(RedisServer redis, double tokensPerSecond, string limit)
    {
        var fleet = await LimitedFleet.StartAsync(
            tokensPerSecond, $"--SharedStore:Redis={redis.Address}", "--SharedStore:RedisMilliseconds=5000", limit);
        foreach (var gateway in fleet.Gateways)
            await LimitedFleet.UntilSharedAsync(gateway, isShared: true);
        return fleet;
    }

    private void Check(int limit, int used, double most, double? least = null)
    {
        output.WriteLine(FormattableString.Invariant($"limit {limit}: {used} used, at most {most:0.0} wanted"));
        Assert.InRange(used, least ?? 0.8 * limit, most);
    }
}
