using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Four replicas, each with a cache for less than half of the pictures that are asked about: how often is a picture found where it is sent?</summary>
public sealed class AffinityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(24, 10)]
    [InlineData(48, 20, Explicit = true)]
    public async Task Pictures_are_sent_where_they_are_known(int pictures, int cached)
    {
        var requests = 10 * pictures;
        var (with, without) = (await MeasureAsync(pictures, cached, affinity: true), await MeasureAsync(pictures, cached, affinity: false));
        output.WriteLine($"{requests} questions about {pictures} pictures, 4 replicas that keep {cached} each: hit rate {with.Hits:P0} with affinity, {without.Hits:P0} without");
        output.WriteLine($"picks with affinity: {with.Home} home, {with.Spilled} spilled; spread of the load (most to least): {with.Spread:0.00}, without {without.Spread:0.00}");

        Assert.Equal((0, 0), (without.Home, without.Spilled));
        Assert.True(with.Home > 0.6 * requests, $"{with}"); // on a slow machine loads are older, and more is sent elsewhere
        Assert.True(with.Hits > 0.65 && with.Hits > without.Hits + 0.2, $"{with} {without}");
    }

    private static async Task<Measured> MeasureAsync(int pictures, int cached, bool affinity)
    {
        var shims = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ShimHost.StartAsync("--Liveness:Canary=Off", "--Engine:Embedded:TokensPerSecond=0",
            "--Engine:Embedded:FirstTokenDelayMilliseconds=5", $"--Engine:Embedded:CachedPictures={cached}")));
        try
        {
            await using var gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", $"--Routing:Affinity={affinity}",
                .. shims.Select((s, i) => $"--Discovery:Replicas:{i}={s.Address}")]);
            await gateway.Fleet.UntilAsync(f => f.Replicas.Count(r => r.State == "Healthy") == 4);
            await AskAsync(gateway.Chat, pictures);
            await gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas.Sum(r => r.Generations) >= 10 * pictures); // one that was slow may have been asked twice
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System); // the engines' own numbers are read twice a second; late ones change the rate by little
            var fleet = await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.CacheHitRate is not null));
            var loads = fleet.Replicas.Select(r => (double)r.Generations).ToList();
            return new(fleet.Replicas.Sum(r => r.CacheHitRate!.Value * r.Generations) / loads.Sum(), await PicksAsync("home"), await PicksAsync("spilled"), loads.Max() / loads.Min());

            async Task<double> PicksAsync(string result) => await gateway.MetricAsync("clawdbot_gateway_affinity_total", $"result=\"{result}\"");
        }
        finally
        {
            foreach (var shim in shims)
                await shim.DisposeAsync();
        }
    }

    /// <summary>In an order that is random and the same each time, four at a time.</summary>
    private static async Task AskAsync(ChatClient chat, int distinct)
    {
        var pictures = Enumerable.Range(0, distinct).Select(i => Pictures.Png(160, 120, ((byte)(5 * i), (byte)(255 - 5 * i), 40))).ToList();
        var random = new Random(11);
        var order = Enumerable.Range(0, 10 * distinct).Select(_ => pictures[random.Next(distinct)]).ToList();
        await Parallel.ForEachAsync(order, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (picture, _) =>
            Assert.True((await chat.AskAboutAsync(picture, "Colours?", stream: false, more: ",\"max_tokens\":4")).Whole));
    }

    private sealed record Measured(double Hits, double Home, double Spilled, double Spread);
}
