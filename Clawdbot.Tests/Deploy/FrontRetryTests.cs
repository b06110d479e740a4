using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using System.Collections.Concurrent;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>Gateways die, and the front asks the other one: once, and for no other reason.</summary>
public abstract class FrontRetryTests(FrontKind kind)
{
    /// <summary>Requests to two dead gateways; HAProxy takes three seconds for each.</summary>
    private const int Refused = 4;

    private static readonly byte[] Picture = Pictures.Png(200, 100, (200, 40, 40), (20, 90, 200));

    /// <summary>Makes a body larger than what Nginx holds in memory, and HAProxy would without being told.</summary>
    private static readonly string Padding = new(' ', 300_000);

    [Fact]
    public async Task With_one_gateway_dead_every_request_is_answered_and_when_it_is_back_it_is_found_and_the_other_one_may_go()
    {
        await using var shim = await HostedShim.FastAsync();
        await using var site = await (await FrontSite.StartAsync(kind, [shim.Address])).ServingAsync();
        var (first, second) = (site.Gateways[0].Address.Authority, site.Gateways[1].Address.Authority);
        Assert.True((await site.Front.Chat.AskAsync("hello", stream: true)).Whole);

        await site.KillAsync(0);
        var answers = new List<ObservedAnswer>();
        for (var i = 0; i < 10; i++)
            answers.Add(await AskAsync(site, i));
        answers.AddRange(await Task.WhenAll(Enumerable.Range(10, 20).Select(i => AskAsync(site, i))));
        Assert.All(answers, a => Assert.True(a is { Status: 200, Whole: true }, $"{a}"));
        var lines = await site.Front.LoggedAsync(31);
        Assert.All(lines, l => Assert.InRange(l.Tries, 1, 2));
        Assert.All(lines.Where(l => l.Tries == 2), l => Assert.Equal(second, l.Upstream));
        await AssertLeftAloneAsync(site, lines);

        await site.RestartAsync(0);
        var asked = 31;
        await Poll.UntilAsync(async () =>
        {
            Assert.True((await AskAsync(site, asked)).Whole);
            return (await site.Front.LoggedAsync(++asked))[^1] is { Tries: 1 } last && last.Upstream == first;
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
        await using var site = await (await FrontSite.StartAsync(kind, [shim.Address])).ServingAsync();

        var asking = site.Front.Chat.AskAsync("hello", stream, more: Padding);
        var holder = await site.HolderAsync();
        await Poll.UntilAsync(() => shim.Generations == 1); // accepted, handed on, and not a byte of an answer
        await site.KillAsync(holder);

        var seen = await asking;
        Assert.True(seen is { Status: 200, Whole: true } && seen.Text == HostileShim.Answer, $"{seen}");
        var line = Assert.Single(await site.Front.LoggedAsync(1));
        Assert.Equal(site.Gateways[1 - holder].Address.Authority, line.Upstream);
        Assert.InRange(line.Tries, 2, kind == FrontKind.Nginx ? 2 : 4); // HAProxy may meet the dead one again until its checks know
        Assert.Equal(2, shim.Generations);
    }

    [Fact]
    public async Task A_hundred_503_reach_the_clients_as_the_gateways_said_them_and_eject_no_gateway()
    {
        var replica = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        await using var site = await FrontSite.HostedAsync(kind, [replica], "--Admission:NoReplicaSeconds=0");

        var refused = new List<ObservedAnswer>();
        for (var round = 0; round < 10; round++)
            refused.AddRange(await Task.WhenAll(Enumerable.Range(0, 10).Select(i => site.Front.Chat.AskAsync("hello", i % 2 == 0))));

        Assert.All(refused, a => Assert.True(a is { Status: 503, ErrorCode: "no_replica", RetryAfter: > 0 }, $"{a}"));
        var lines = await site.Front.LoggedAsync(100);
        Assert.All(lines, l => Assert.Equal(1, l.Tries)); // nobody is asked twice
        Assert.All(site.Gateways, g => Assert.InRange(lines.TakeLast(20).Count(l => l.Upstream == g.Address.Authority), 1, 19));
        AssertNobodyEjected(site);
        using var health = await site.Front.Http.GetAsync("/health");
        Assert.Equal(503, (int)health.StatusCode);

        await using var shim = await HostedShim.FastAsync($"--urls={replica}");
        await site.ServingAsync();
        await site.Front.SeesAsync(2);
        var served = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AskAsync(site, i)));
        Assert.All(served, a => Assert.True(a is { Status: 200, Whole: true }, $"{a}"));
        Assert.Equal(2, (await site.Front.LoggedAsync(120)).TakeLast(20).Select(l => l.Upstream).Distinct().Count());
    }

    [Fact]
    public async Task With_both_gateways_down_clients_are_told_when_to_come_again_and_are_served_as_soon_as_one_is_back()
    {
        await using var shim = await HostedShim.FastAsync();
        await using var site = await (await FrontSite.StartAsync(kind, [shim.Address])).ServingAsync();
        await site.KillAsync(0);
        await site.KillAsync(1);

        for (var i = 0; i < Refused; i++)
        {
            var seen = await AskAsync(site, i);
            Assert.True(seen is { ErrorCode: "gateways_unreachable", RetryAfter: 2 } && seen.Status == Unreachable, $"{seen}");
        }
        using (var health = await site.Front.Http.GetAsync("/health"))
            Assert.Equal(Unreachable, (int)health.StatusCode);

        await site.RestartAsync(1);
        // One more may meet the dead one twice: where Nginx tries it again after its 2 s, and the other one's are not over yet.
        await Poll.UntilAsync(async () => (await AskAsync(site, 0)).Whole);
        await Poll.UntilAsync(async () =>
        {
            using var health = await site.Front.Http.GetAsync("/health");
            return health.StatusCode == System.Net.HttpStatusCode.OK;
        });
        // Who may be back is asked all the time.
        Assert.All((await site.Front.LoggedAsync(Refused + 1)).Take(Refused), l => Assert.InRange(l.Tries, 2, 4));
    }

    [Fact]
    public async Task A_request_that_both_gateways_drop_is_given_up_and_takes_nobody_else_with_it()
    {
        await using var one = await StandIn.StartAsync();
        await using var other = await StandIn.StartAsync();
        await using var front = await FrontProcess.StartAsync(kind, one.Address, other.Address);
        using var poison = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Headers = { { StandIn.Drop, "true" } } };
        using var dropped = await front.Http.SendAsync(poison);
        Assert.Equal((502, "gateways_unreachable"), ((int)dropped.StatusCode, RawHttp.Code(await dropped.Content.ReadAsStringAsync())));
        Assert.Equal(kind == FrontKind.Nginx ? 2 : 4, one.Seen.Count + other.Seen.Count);
        Assert.All((StandIn[])[one, other], gateway => Assert.NotEmpty(gateway.Seen));

        for (var i = 0; i < 20; i++)
        {
            using var response = await front.Http.PostAsync("/v1/chat/completions", new StringContent("hello"));
            Assert.Equal(200, (int)response.StatusCode);
        }
    }

    /// <summary>What a client is told when no gateway accepts a connection: HAProxy distinguishes that from one that went away.</summary>
    private int Unreachable => kind == FrontKind.Nginx ? 502 : 503;

    /// <summary>Nginx meets the dead one and leaves it alone from then on; HAProxy's health checks may be faster than the requests.</summary>
    private static async Task AssertLeftAloneAsync(FrontSite site, IReadOnlyList<AccessLine> lines)
    {
        if (site.Front.Kind == FrontKind.HaProxy)
        {
            await Poll.UntilAsync(() => site.Front.Program.Output.Contains("Server gateways/gateway-0 is DOWN", StringComparison.Ordinal));
            return;
        }
        var met = lines.Index().First(l => l.Item.Tries == 2);
        Assert.Contains(lines.Skip(met.Index + 1), l => l.Tries == 1);
        Assert.Contains("temporarily disabled", site.Front.Program.Output, StringComparison.Ordinal);
    }

    /// <summary>Streamed and plain, with small bodies, with large ones, and with pictures.</summary>
    private static Task<ObservedAnswer> AskAsync(FrontSite site, int i) => (i % 3) switch
    {
        0 => site.Front.Chat.AskAsync("hello", stream: i % 2 == 0, more: Padding),
        1 => site.Front.Chat.AskAboutAsync(Picture, "What is this?", stream: i % 2 == 0),
        _ => site.Front.Chat.AskAsync("hello", stream: i % 2 == 0),
    };

    private static void AssertNobodyEjected(FrontSite site)
    {
        Assert.DoesNotContain("no live upstreams", site.Front.Program.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("temporarily disabled", site.Front.Program.Output, StringComparison.Ordinal);
    }
}

/// <inheritdoc/>
public sealed class NginxRetryTests() : FrontRetryTests(FrontKind.Nginx);

/// <inheritdoc/>
public sealed class HaProxyRetryTests() : FrontRetryTests(FrontKind.HaProxy);
