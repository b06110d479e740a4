using System.Globalization;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What requests cost is what the engines say that they did.</summary>
public sealed class LedgerTests : IDisposable
{
    private readonly LedgerLines _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task A_line_tells_what_a_request_got_and_what_it_cost_and_nothing_that_was_said()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(1, 0, 0, [$"--Ledger:Path={_ledger.Path}", .. SharedGateway.Trusting]);
        var seen = await gateway.Chat.AskAsync("a very secret question", stream: true);
        var line = (await _ledger.UntilAsync(1))[0];

        Assert.Equal((seen.Id, "completed", "clawdbot-embedded", true), (Text(line, "id"), Text(line, "result"), Text(line, "model"), line.GetProperty("stream").GetBoolean()));
        Assert.Equal((seen.PromptTokens, seen.CompletionTokens), (line.GetProperty("prompt_tokens").GetInt32(), line.GetProperty("completion_tokens").GetInt32()));
        var attempt = Assert.Single(line.GetProperty("attempts").EnumerateArray());
        Assert.Equal(("local-0", "new", "completed", "exact"), (Text(attempt, "replica"), Text(attempt, "kind"), Text(attempt, "outcome"), Text(attempt, "count")));
        Assert.Equal(seen.CompletionTokens, attempt.GetProperty("generated").GetInt32());
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(_ledger.Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sum_of_all_attempts_is_what_each_engine_counted_whatever_became_of_them()
    {
        await using var first = await ShimAsync();
        await using var second = await ShimAsync();
        await using var third = await ShimAsync();
        await using var gateway = await GatewayAsync(first, second, third);
        var watching = LastWordAsync(third);

        var asked = await MixAsync(gateway, rounds: 60, disturbed: async () =>
        {
            var answers = (await gateway.Fleet.NowAsync()).Replicas.Any(r => r.Answering > 0 && new Uri(r.Address!) == third.Address);
            if (answers)
                third.Program.Signal(Signals.Kill);
            return answers;
        });
        // A client may leave before its request has come; every one that came is told of once.
        await gateway.Fleet.UntilAsync(f => f is { Active: 0, Queued: 0 });
        var came = (int)await gateway.MetricAsync("clawdbot_gateway_requests_total");
        var lines = await _ledger.UntilAsync(came);
        var (killed, lived) = (await watching, await Task.WhenAll(IdleAsync(first), IdleAsync(second)));

        Assert.Equal(came, lines.Count);
        Assert.InRange(came, asked / 2, asked);
        var attempts = lines.SelectMany(l => l.GetProperty("attempts").EnumerateArray()).ToList();
        Assert.All(lived, s => Assert.Equal(s.TokensGenerated, Cost(attempts, s.Instance)));
        Assert.All(attempts.Where(a => lived.Any(s => s.Instance == Text(a, "instance"))), a => Assert.Equal("exact", Text(a, "count")));
        Assert.Contains(attempts, a => Text(a, "outcome") == "client_gone");
        Assert.Contains(lines, l => l.GetProperty("failovers").GetInt32() > 0);
        // 16 answers at 200 tokens a second for one status interval, and one more for what the last status itself took.
        Assert.InRange(Cost(attempts, killed.Instance), 1, killed.TokensGenerated + (2 * 16 * 200 / 4));
        Assert.All(lines, l => Assert.True(l.GetProperty("completion_tokens").GetInt32() <= l.GetProperty("cost").GetProperty("generated").GetInt32(), $"{l}"));
    }

    [Fact]
    public async Task What_is_still_being_asked_for_is_written_before_the_gateway_ends()
    {
        await using var shim = await ShimAsync(tokensPerSecond: 5);
        await using var gateway = await GatewayAsync(shim);
        using var leave = new CancellationTokenSource();
        await gateway.Chat.AskAsync("tell me much", stream: true, onText: _ => leave.Cancel(), cancellation: leave.Token);
        await gateway.Fleet.UntilAsync(f => f.Active == 0);
        gateway.Program.Signal(Signals.Term);
        await gateway.Program.Exited;

        Assert.Equal("client_gone", Text(Assert.Single(_ledger.All), "result"));
    }

    private static Task<ShimHost> ShimAsync(int tokensPerSecond = 200) => ShimHost.StartAsync("--Engine:Kind=embedded", "--Engine:Capacity=16",
        string.Create(CultureInfo.InvariantCulture, $"--Engine:Embedded:TokensPerSecond={tokensPerSecond}"), "--Engine:Embedded:FirstTokenDelayMilliseconds=20");

    private async Task<GatewayProcess> GatewayAsync(params ShimHost[] shims)
    {
        var gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", $"--Ledger:Path={_ledger.Path}", .. SharedGateway.Trusting,
            .. shims.Select((s, i) => string.Create(CultureInfo.InvariantCulture, $"--Discovery:Replicas:{i}={s.Address}"))]);
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == shims.Length && f.Replicas.All(r => r.State == "Healthy"));
        return gateway;
    }

    /// <summary>Clients that stay, stream or not, and clients that leave at all times; the disturbance comes in the middle of it, as soon as it can.</summary>
    private static async Task<int> MixAsync(GatewayProcess gateway, int rounds, Func<Task<bool>> disturbed)
    {
        var random = new Random(11);
        var asking = new List<Task>();
        var isDisturbed = false;
        for (var i = 0; i < rounds || !isDisturbed; i++)
        {
            var number = i;
            var leave = new CancellationTokenSource();
            var after = random.Next(1, 40);
            asking.Add(gateway.Chat.AskAsync($"Question {i}", stream: i % 3 != 0, seed: i, onText: piece =>
            {
                if (number % 3 == 1 && piece >= after)
                    leave.Cancel();
            }, cancellation: leave.Token).ContinueWith(_ => leave.Dispose(), TaskScheduler.Default));
            if (i % 6 == 3)
                leave.CancelAfter(TimeSpan.FromMilliseconds(random.Next(20, 400))); // a plain one
            if (i >= rounds / 2)
                isDisturbed = isDisturbed || await disturbed();
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(40)), TimeProvider.System);
        }
        await Task.WhenAll(asking);
        return asking.Count;
    }

    private static async Task<ShimStatus> IdleAsync(ShimHost shim)
    {
        using var caller = new FleetCaller(shim.Address);
        return await caller.StatusAsync(s => s.InFlight == 0);
    }

    /// <summary>What it said last before it was killed.</summary>
    private static async Task<ShimStatus> LastWordAsync(ShimHost shim)
    {
        using var caller = new FleetCaller(shim.Address);
        ShimStatus? last = null;
        try
        {
            await caller.StatusAsync(status => (last = status) is null);
        }
        catch (Exception fault) when (fault is InvalidOperationException or HttpRequestException or IOException)
        {
            // This is how it ends.
        }
        return last!;
    }

    private static long Cost(IEnumerable<JsonElement> attempts, string instance) =>
        attempts.Where(a => Text(a, "instance") == instance).Sum(a => a.GetProperty("generated").GetInt64());

    private static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();
}
