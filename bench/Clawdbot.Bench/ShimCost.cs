using Clawdbot.Bench.Measure;
using Clawdbot.Bench.Upstream;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Bench;

/// <summary>
/// The shim in front of a fake engine that speaks OpenAI's API: the same questions directly, and through it as a gateway asks them.
/// </summary>
internal static class ShimCost
{
    private static readonly Case[] Loads =
    [
        new("first token at 200 requests/s", 0, 8, 0, true, 0, 200),
        new("first token of a 1 MB picture at 20 requests/s", 0, 8, 0, true, 1 << 20, 20),
    ];

    public static async Task RunAsync(int rounds, TimeSpan length)
    {
        var (program, address) = await FakeReplica.StartAsync();
        await using var engine = program;
        await using var shim = await ShimHost.StartAsync(
            new Dictionary<string, string> { ["Fleet__Secret"] = Proxy.Key }, "--Engine:Kind=openai", $"--Engine:Address={address}",
            $"--Engine:Model={FakeReplica.Model}", "--Engine:Capacity=1000", "--Liveness:Canary=Off", $"--Fleet:Secret={Proxy.Key}");
        using (var http = new HttpClient())
        {
            // The shim is ready once its engine has answered it.
            while ((await http.GetAsync(new Uri(shim.Address, "/health/ready"))) is { IsSuccessStatusCode: false })
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        Proxy[] both =
        [
            new(Comparison.Direct, address, 0, null),
            new("through the shim", shim.Address, shim.Program.Id, null)
            {
                Path = FleetRoutes.Generate,
                KeyHeader = $"{FleetHeaders.Secret}: {Proxy.Key}",
            },
        ];
        foreach (var load in Loads)
            await Round.RunAsync(load, both[1], TimeSpan.FromSeconds(10)); // until the shim's hot code has been compiled again
        Console.WriteLine($"{Machine.Description}\n\n{Comparison.Head}");
        await new Comparison(both, rounds, length).RunAsync(Loads, Console.WriteLine);
    }
}
