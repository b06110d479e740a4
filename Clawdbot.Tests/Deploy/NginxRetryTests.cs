using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using System.Collections.Concurrent;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>Gateways die, and Nginx asks the other one: once, and for no other reason.</summary>
public sealed class NginxRetryTests
{
    private static readonly byte[] Picture = Pictures.Png(200, 100, (200, 40, 40), (20, 90, 200));

    /// <summary>Makes a body larger than what Nginx holds in memory.</summary>
    private static readonly string Padding = new(' ', 300_000);

    [Fact]
    public async Task With_one_gateway_dead_every_request_is_answered_and_when_it_is_back_it_is_found_and_the_other_one_may_go()
    {
        await using var shim = await HostedShim.FastAsync();
        await using var site = await (await NginxSite.StartAsync([shim.Address])).ServingAsync();
        var (first, second) = (site.Gateways[0].Address.Authority, site.Gateways[1].Address.Authority);
        Assert.True((await site.Nginx.Chat.AskAsync("hello", stream: true)).Whole);

        await site.KillAsync(0);
        var answers = new List<ObservedAnswer>();
        for (var i = 0; i < 10; i++)
            answers.Add(await AskAsync(site, i));
        answers.AddRange(await Task.WhenAll(Enumerable.Range(10, 20).Select(i => AskAsync(site, i))));
        Assert.All(answers, a => Assert.True(a is { Status: 200, Whole: true }, $"{a}"));
        var lines = await site.Nginx.LoggedAsync(31);
        Assert.All(lines, l => Assert.InRange(l.Upstreams.Count, 1, 2));
        var met = lines.Index().First(l => l.Item.Upstreams.Count == 2);
        Assert.Equal([first, second], met.Item.Upstreams);
        // From then on the dead one is left alone, and tried now and then.
        Assert.Contains(lines.Skip(met.Index + 1), l => l.Upstreams is [var only] && only == second);
        Assert.Contains("temporarily disabled", site.Nginx.Program.Output, StringComparison.Ordinal);

        await site.RestartAsync(0);
        var asked = 31;
        await Poll.UntilAsync(async () =>
        {
            Assert.True((await AskAsync(site, asked)).Whole);
            return (await site.Nginx.LoggedAsync(++asked))[^1].Upstreams is [var only] && only == first;
        });
        await site.KillAsync(1);
        for (var i = 0; i < 10; i++)
            Assert.True((await AskAsync(site, i)).Whole);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gateway_that_dies_with_a_request_before_its_first_byte_is_replaced_by_the_other(bool stream)
    {
        var script = new ConcurrentQueue<Misbehaviour>([g => g.SilenceAsync()]);
        await using var shim = await HostileShim.StartAsync(script);
        await using var site = await (await NginxSite.StartAsync([shim.Address])).ServingAsync();

        var asking = site.Nginx.Chat.AskAsync("hello", stream, more: Padding);
        var holder = await site.HolderAsync();
        await Poll.UntilAsync(() => shim.Generations == 1); // accepted, handed on, and not a byte of an answer
        await site.KillAsync(holder);

        var seen = await asking;
        Assert.True(seen is { Status: 200, Whole: true } && seen.Text == HostileShim.Answer, $"{seen}");
        var line = Assert.Single(await site.Nginx.LoggedAsync(1));
        Assert.Equal([site.Gateways[holder].Address.Authority, site.Gateways[1 - holder].Address.Authority], line.Upstreams);
        Assert.Equal(2, shim.Generations);
    }

    [Fact]
    public async Task A_hundred_503_reach_the_clients_as_the_gateways_said_them_and_eject_no_gateway()
    {
        var replica = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        await using var site = await NginxSite.HostedAsync([replica], "--Admission:NoReplicaSeconds=0");

        var refused = new List<ObservedAnswer>();
        for (var round = 0; round < 10; round++)
            refused.AddRange(await Task.WhenAll(Enumerable.Range(0, 10).Select(i => site.Nginx.Chat.AskAsync("hello", i % 2 == 0))));

        Assert.All(refused, a => Assert.True(a is { Status: 503, ErrorCode: "no_replica", RetryAfter: > 0 }, $"{a}"));
        var lines = await site.Nginx.LoggedAsync(100);
        Assert.All(lines, l => Assert.Single(l.Upstreams)); // nobody is asked twice
        Assert.All(site.Gateways, g => Assert.InRange(lines.TakeLast(20).Count(l => l.Upstreams[0] == g.Address.Authority), 1, 19));
        AssertNobodyEjected(site);
        using var health = await site.Nginx.Http.GetAsync("/health");
        Assert.Equal(503, (int)health.StatusCode);

        await using var shim = await HostedShim.FastAsync($"--urls={replica}");
        await site.ServingAsync();
        var served = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AskAsync(site, i)));
        Assert.All(served, a => Assert.True(a is { Status: 200, Whole: true }, $"{a}"));
        Assert.Equal(2, (await site.Nginx.LoggedAsync(120)).TakeLast(20).SelectMany(l => l.Upstreams).Distinct().Count());
    }

    [Fact]
    public async Task With_both_gateways_down_clients_are_told_when_to_come_again_and_are_served_as_soon_as_one_is_back()
    {
        await using var shim = await HostedShim.FastAsync();
        await using var site = await (await NginxSite.StartAsync([shim.Address])).ServingAsync();
        await site.KillAsync(0);
        await site.KillAsync(1);

        for (var i = 0; i < 10; i++)
        {
            var seen = await AskAsync(site, i);
            Assert.True(seen is { Status: 502, ErrorCode: "gateways_unreachable", RetryAfter: 2 }, $"{seen}");
        }
        using (var health = await site.Nginx.Http.GetAsync("/health"))
            Assert.Equal(502, (int)health.StatusCode);

        await site.RestartAsync(1);
        // One more may meet the dead one twice: where Nginx tries it again after its 2 s, and the other one's are not over yet.
        await Poll.UntilAsync(async () => (await AskAsync(site, 0)).Whole);
        await Poll.UntilAsync(async () =>
        {
            using var health = await site.Nginx.Http.GetAsync("/health");
            return health.StatusCode == System.Net.HttpStatusCode.OK;
        });
        // Who may be back is asked all the time.
        Assert.DoesNotContain("no live upstreams", site.Nginx.Program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_both_gateways_drop_is_sent_twice_and_takes_nobody_else_with_it()
    {
        await using var one = await StandIn.StartAsync();
        await using var other = await StandIn.StartAsync();
        await using var nginx = await NginxProcess.StartAsync([one.Address, other.Address]);
        using var poison = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Headers = { { StandIn.Drop, "true" } } };
        using var dropped = await nginx.Http.SendAsync(poison);
        Assert.Equal((502, "gateways_unreachable"), ((int)dropped.StatusCode, RawHttp.Code(await dropped.Content.ReadAsStringAsync())));
        Assert.Equal((1, 1), (one.Seen.Count, other.Seen.Count));

        for (var i = 0; i < 20; i++)
        {
            using var response = await nginx.Http.PostAsync("/v1/chat/completions", new StringContent("hello"));
            Assert.Equal(200, (int)response.StatusCode);
        }
    }

    /// <summary>Streamed and plain, with small bodies, with large ones, and with pictures.</summary>
    private static Task<ObservedAnswer> AskAsync(NginxSite site, int i) => (i % 3) switch
    {
        0 => site.Nginx.Chat.AskAsync("hello", stream: i % 2 == 0, more: Padding),
        1 => site.Nginx.Chat.AskAboutAsync(Picture, "What is this?", stream: i % 2 == 0),
        _ => site.Nginx.Chat.AskAsync("hello", stream: i % 2 == 0),
    };

    private static void AssertNobodyEjected(NginxSite site)
    {
        Assert.DoesNotContain("no live upstreams", site.Nginx.Program.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("temporarily disabled", site.Nginx.Program.Output, StringComparison.Ordinal);
    }
}
