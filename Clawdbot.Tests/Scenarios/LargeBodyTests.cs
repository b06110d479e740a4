using System.Globalization;
using System.Text;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Pictures of tens of megabytes, many at once.</summary>
public sealed class LargeBodyTests(ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-spool-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(12, 64, "0x10000000")]
    [InlineData(40, 256, "0x20000000", Explicit = true)] // as it is shipped
    public async Task Requests_of_28_MB_at_once_survive_in_little_heap_and_the_death_of_a_replica(int requests, int heldMegabytes, string heap)
    {
        await using var first = await ShimAsync();
        await using var second = await ShimAsync();
        await using var gateway = await GatewayProcess.StartAsync(new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = heap },
            $"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={first.Address}", $"--Discovery:Replicas:1={second.Address}", $"--Edge:SpoolDirectory={_folder.FullName}", FormattableString.Invariant($"--Edge:MaxHeldBytes={heldMegabytes << 20}"),
            // Decoding so much on a small machine takes what it takes; what is held meanwhile is the matter here.
            "--Failover:ReplicaWaitSeconds=240", "--Failover:ContinuationWaitSeconds=240", "--Admission:NoReplicaSeconds=240", "--Admission:QueueSeconds=240", "--Forwarding:FirstTokenMilliseconds=240000");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
        var body = Body(28_000_000);
        var before = Resident(gateway);

        var (pieces, killed) = (0, 0);
        var asking = Enumerable.Range(0, requests).Select(_ => gateway.Chat.SendAsync(body, stream: true, onText: _ =>
        {
            if (Interlocked.Increment(ref pieces) == 20 && Interlocked.Exchange(ref killed, 1) == 0)
                first.Program.Signal(Signals.Kill);
        })).ToList();
        var answers = await Task.WhenAll(asking);
        var after = await gateway.Chat.SendAsync(body, stream: true);

        Assert.All(answers, a => Assert.True(a.Whole, $"{a}"));
        Assert.All(answers, a => Assert.Equal(after.Content, a.Content));
        Assert.NotEqual(0, await gateway.MetricAsync("clawdbot_gateway_failovers_total"));
        await Poll.UntilAsync(async () => await gateway.MetricAsync("clawdbot_gateway_bodies_spooled_bytes") == 0 && await gateway.MetricAsync("clawdbot_gateway_bodies_held_bytes") == 0);
        await Poll.UntilAsync(() => OpenFiles.Of(gateway.Program.Id, _folder.FullName).Length == 0);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"resident: {before} MB before, {Resident(gateway)} MB after; {answers.Count(a => a.Attempts > 1)} of {requests} moved, {answers.Count(a => a.Kinds.Contains("exact"))} in mid-answer"));
    }

    [Fact]
    public async Task A_full_disk_refuses_large_requests_alone()
    {
        using var disk = new SmallDisk(megabytes: 8);
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(
            2, 0, 0, $"--Edge:SpoolDirectory={disk.Folder}", "--Edge:MaxHeldBytes=4194304");
        var large = Body(20_000_000, stream: false);
        for (var i = 0; i < 5; i++)
        {
            var asking = Enumerable.Range(0, 4).Select(_ => gateway.Chat.SendAsync(large, stream: false)).ToList();
            Assert.True((await gateway.Chat.AskAsync("hello", stream: true)).Whole);
            Assert.All(await Task.WhenAll(asking), refused => Assert.Equal((507, "spool_full"), (refused.Status, refused.ErrorCode)));
        }

        Assert.True((await gateway.Chat.SendAsync(Body(4_000_000, stream: false), stream: false)).Whole); // what was written was given back
        Assert.Equal(20, await gateway.MetricAsync("clawdbot_gateway_rejections_total", "code=\"spool_full\""));
        await Poll.UntilAsync(() => OpenFiles.Of(gateway.Program.Id, disk.Folder).Length == 0);
    }

    [Fact]
    public async Task The_plain_form_takes_large_pictures_too()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(1, 0, 0, "--Edge:InlineSockets=false", $"--Edge:SpoolDirectory={_folder.FullName}");
        using var form = new StringContent($$"""{"type":"image","content":"What is it?","image":"{{Picture(28_000_000)}}"}""", Encoding.UTF8, "application/json");
        using var response = await gateway.Http.PostAsync("/api/process", form);
        var said = await response.Content.ReadAsStringAsync();

        Assert.True(response.IsSuccessStatusCode, said);
        Assert.Equal(0, await gateway.MetricAsync("clawdbot_gateway_bodies_spooled_bytes"));
    }

    private static Task<ShimHost> ShimAsync() => ShimHost.StartAsync("--Engine:Kind=embedded", "--Engine:Capacity=10", "--Liveness:Canary=Off",
        "--Engine:Embedded:TokensPerSecond=40", "--Engine:Embedded:FirstTokenDelayMilliseconds=0");

    private static string Body(int bytes, bool stream = true) => ChatClient.Body($$$"""[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"{{{Picture(bytes)}}}"}}]""", stream, seed: 7);

    /// <summary>A small picture with much behind its end, which no decoder looks at.</summary>
    private static string Picture(int bytes)
    {
        var file = new byte[bytes / 4 * 3];
        Pictures.Png(64, 64, (200, 30, 30)).CopyTo(file, 0);
        return $"data:image/png;base64,{Convert.ToBase64String(file)}";
    }

    private static long Resident(GatewayProcess gateway) => long.Parse(File.ReadAllLines($"/proc/{gateway.Program.Id}/status")
        .First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 10;
}
