using System.Collections.Concurrent;
using System.Globalization;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;
using Clawdbot.Tests.Scenarios;

namespace Clawdbot.Tests.Deploy;

/// <summary>Silence behind the shipped Nginx: of an answer that is slow, and of a gateway that hangs. They wait for its timeouts.</summary>
public sealed class NginxSilenceTests(ITestOutputHelper output)
{
    private const int Clients = 16;

    [Fact(Explicit = true)]
    public Task An_answer_that_is_silent_for_a_minute_is_not_cut() => Task.WhenAll(
        IsWholeAsync(stream: true, hasBegun: true), IsWholeAsync(stream: true, hasBegun: false), IsWholeAsync(stream: false, hasBegun: false));

    [Fact(Explicit = true)]
    public async Task The_clients_for_NET_wait_for_an_answer_that_is_silent_for_a_minute()
    {
        var minute = Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System);
        await using var shim = await HostileShim.StartAsync();
        shim.Choose = _ => async g =>
        {
            await minute;
            await g.WholeAsync();
        };
        await using var site = await (await FrontSite.HostedAsync(
            FrontKind.Nginx, [shim.Address], "--Failover:Hedge=false", "--Forwarding:FirstTokenMilliseconds=300000")).ServingAsync();
        var answers = await Task.WhenAll(Enum.GetValues<DotNetClientKind>().SelectMany(_ => (bool[])[true, false], async (kind, stream) =>
            string.Concat(await DotNetClient.AskAsync(kind, site.Front.Http.BaseAddress!, "hello", stream).ToListAsync())));

        Assert.True(minute.IsCompleted);
        Assert.All(answers, text => Assert.Equal(HostileShim.Answer, text));
        Assert.Equal(6, shim.Generations);
    }

    [Fact(Explicit = true)]
    public async Task A_gateway_that_is_stopped_loses_no_request_that_it_has_not_begun_to_answer()
    {
        await using var shim = await ShimHost.StartAsync(
            "--Engine:Capacity=64", "--Engine:Embedded:FirstTokenDelayMilliseconds=200", "--Engine:Embedded:TokensPerSecond=50");
        await using var site = await (await FrontSite.StartAsync(FrontKind.Nginx, [shim.Address])).ServingAsync();
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(70), TimeProvider.System);
        var answers = new ConcurrentBag<(double Waited, ObservedAnswer Answer)>();
        var asking = Enumerable.Range(0, Clients).Select(AskUntilEndAsync).ToList();
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System); // under load
        site.Gateways[0].Program.Signal(Signals.Stop);
        await Task.WhenAll(asking);

        var lost = answers.Where(a => !a.Answer.Whole).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{answers.Count} answers, longest wait {answers.Max(a => a.Waited):F1} s, {lost.Count} lost, all of them begun"));
        Assert.All(lost, a => Assert.True(a.Answer.Text.Length > 0, $"{a}")); // it was writing that stream
        Assert.InRange(lost.Count, 0, Clients);
        Assert.InRange(answers.Where(a => a.Answer.Whole).Max(a => a.Waited), 0, 35); // of the 30 s that are promised, on a busy machine

        async Task AskUntilEndAsync(int client)
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                var began = TimeProvider.System.GetTimestamp();
                var answer = await site.Front.Chat.AskAsync("hello", stream: (client + i) % 2 == 0);
                answers.Add((TimeProvider.System.GetElapsedTime(began).TotalSeconds, answer));
            }
        }
    }

    private static async Task IsWholeAsync(bool stream, bool hasBegun)
    {
        var minute = Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System);
        await using var shim = await HostileShim.StartAsync(new ConcurrentQueue<Misbehaviour>([async g =>
        {
            if (hasBegun)
            {
                await g.HoldAsync(minute);
                return;
            }
            await minute;
            await g.WholeAsync();
        }]));
        await using var site = await (await FrontSite.HostedAsync(
            FrontKind.Nginx, [shim.Address], "--Failover:Hedge=false", "--Forwarding:FirstTokenMilliseconds=300000")).ServingAsync();
        var seen = await site.Front.Chat.AskAsync("hello", stream);

        Assert.True(seen is { Status: 200, Whole: true, Text: var text } && text == HostileShim.Answer, $"{seen}");
        Assert.True(minute.IsCompleted);
        Assert.Equal(1, shim.Generations);
        Assert.Equal(1, Assert.Single(await site.Front.LoggedAsync(1)).Tries);
    }
}
