using System.Collections.Concurrent;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Deploy;

/// <summary>
/// A gateway hangs: its connections stay open, and nothing comes. HAProxy's health checks notice it, and what the gateway had not begun to
/// answer goes to the other one.
/// </summary>
public sealed class HaProxySilenceTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(1_400_000, false)] // a picture of 1 MB in base64
    public async Task What_a_hung_gateway_had_not_begun_to_answer_goes_to_the_other_and_it_is_asked_again_when_it_goes_on(int padding, bool stream)
    {
        await using var shim = await HostileShim.StartAsync(new ConcurrentQueue<Misbehaviour>([g => g.SilenceAsync()]));
        await using var site = await (await FrontSite.StartAsync(FrontKind.HaProxy, [shim.Address])).ServingAsync();
        await site.Front.SeesAsync(2);

        var asking = site.Front.Chat.AskAsync("hello", stream, more: new string(' ', padding));
        var holder = await site.HolderAsync();
        await Poll.UntilAsync(() => shim.Generations == 1); // accepted, handed on, and not a byte of an answer
        site.Gateways[holder].Program.Signal(Signals.Stop);

        var seen = await asking; // while the gateway hangs on
        Assert.True(seen is { Status: 200, Whole: true } && seen.Text == HostileShim.Answer, $"{seen}");
        var line = Assert.Single(await site.Front.LoggedAsync(1));
        Assert.Equal((2, site.Gateways[1 - holder].Address.Authority), (line.Tries, line.Upstream));
        Assert.Contains($"sessions of gateway-{holder}, which is silent", site.Front.Program.Output, StringComparison.Ordinal);

        site.Gateways[holder].Program.Signal(Signals.Continue);
        await site.Front.SeesAsync(2);
    }

    [Fact(Explicit = true)] // it measures, which beside other tests takes its time
    public async Task Under_load_nobody_waits_longer_than_five_seconds_and_only_streams_inside_it_break()
    {
        await using var one = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=60", "--Engine:Embedded:FirstTokenDelayMilliseconds=100");
        await using var other = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=60", "--Engine:Embedded:FirstTokenDelayMilliseconds=100");
        await using var site = await (await FrontSite.StartAsync(FrontKind.HaProxy, [one.Address, other.Address])).ServingAsync();
        await site.Front.SeesAsync(2);
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 12).Select(i => ClientAsync(site, stream: i % 2 == 0, enough.Token)).ToList();

        await Poll.UntilAsync(() => site.Front.Log.Count > 60);
        site.Gateways[0].Program.Signal(Signals.Stop);
        var before = site.Front.Log.Count;
        await Poll.UntilAsync(() => site.Front.Log.Count > before + 200 && site.Front.Program.Output.Contains("which is silent", StringComparison.Ordinal));
        await enough.CancelAsync();
        var answers = (await Task.WhenAll(clients)).SelectMany(all => all).ToList();
        site.Gateways[0].Program.Signal(Signals.Continue);

        var broken = answers.Where(a => !a.Seen.Whole).ToList();
        var longest = answers.Where(a => a.Seen.Whole).Max(a => a.FirstMilliseconds);
        var moved = site.Front.Log.Count(l => l.Tries > 1);
        output.WriteLine($"{answers.Count} answers, {moved} sent again, {broken.Count} streams broken, longest wait {longest:F0} ms");
        Assert.True(moved > 0, "Nothing was in the gateway when it was stopped.");
        Assert.All(broken, b => Assert.True(b is { IsStream: true, HasText: true }, $"{b}"));
        Assert.InRange(longest, 0, 5000);
    }

    private static async Task<List<Timed>> ClientAsync(FrontSite site, bool stream, CancellationToken enough)
    {
        var answers = new List<Timed>();
        while (!enough.IsCancellationRequested)
        {
            var sent = TimeProvider.System.GetTimestamp();
            double? first = null;
            var seen = await site.Front.Chat.AskAsync("hello", stream, more: ",\"max_tokens\":30",
                onText: _ => first ??= TimeProvider.System.GetElapsedTime(sent).TotalMilliseconds, cancellation: CancellationToken.None);
            answers.Add(new(seen, stream, first is not null, first ?? TimeProvider.System.GetElapsedTime(sent).TotalMilliseconds));
        }
        return answers;
    }

    /// <summary>An answer, and how long its client waited: for the first text of a stream, or for the whole of a plain answer.</summary>
    private sealed record Timed(ObservedAnswer Seen, bool IsStream, bool HasText, double FirstMilliseconds);
}
