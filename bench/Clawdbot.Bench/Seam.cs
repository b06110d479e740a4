using System.Globalization;
using System.Text;
using Clawdbot.Bench.Measure;
using Clawdbot.Bench.Upstream;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Bench;

/// <summary>
/// The gateway's part in the silence of a failover: two replicas without a first-token time, which cut every stream that begins on them
/// after ten chunks and go on at once with one that began on the other.
/// </summary>
internal static class Seam
{
    private const int Cut = 10;
    private const int AtOnce = 20;

    public static async Task RunAsync(int answers)
    {
        var load = new Case("seam", AtOnce, 20, 20, true);
        var (one, first) = await FakeReplica.StartAsync(Cut);
        await using var a = one;
        var (other, second) = await FakeReplica.StartAsync(Cut);
        await using var b = other;
        await using var gateway = await GatewayProcess.StartAsync(
            $"--Fleet:Secret={FakeReplica.Secret}", $"--Discovery:Replicas:0={first}", $"--Discovery:Replicas:1={second}",
            "--Health:StrikesOut=100"); // else both replicas would be out for the streams that they cut
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        var body = Encoding.ASCII.GetString(load.Body());
        await AskAsync(gateway.Chat, body, AtOnce * 10); // warm
        var seen = await AskAsync(gateway.Chat, body, answers);
        var silence = new Percentiles(seen.Where(s => s.Attempts == 2).SelectMany(s => s.Silences));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Machine.Description}\n\n{silence.Count} of {seen.Count} answers moved once, {AtOnce} at once; "
            + $"from the last token of one replica to the first of the other: P50 {silence.At(50):0.00} ms, "
            + $"P99 {silence.At(99):0.00} ms, max {silence.Max:0.00} ms"));
    }

    private static async Task<List<ObservedAnswer>> AskAsync(ChatClient client, string body, int answers)
    {
        var seen = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            var mine = new List<ObservedAnswer>();
            while (mine.Count < answers / AtOnce)
                mine.Add(await client.SendAsync(body, stream: true));
            return mine;
        }));
        return [.. seen.SelectMany(s => s)];
    }
}
