using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A replica that answers, rightly, and much more slowly than the others.</summary>
public sealed class SlowReplicaTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly List<ShimHost> _shims = [];
    private readonly CancellationTokenSource _end = new();
    private GatewayProcess _gateway = null!;
    private Task _load = Task.CompletedTask;
    private int _answers;

    /// <summary>The one that was started last.</summary>
    private string Slow => _shims[^1].Address.Authority;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _load;
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        foreach (var shim in _shims)
            await shim.DisposeAsync();
        _end.Dispose();
    }

    [Theory]
    [InlineData(2500, 0, "first tokens")] // slow to begin, and hedges end most of its attempts
    [InlineData(100, 6, "between tokens")] // slow to go on
    public async Task One_of_four_that_is_slow_loses_its_share_then_is_ejected_and_every_answer_is_right(int firstToken, int tokensPerSecond, string reason)
    {
        await StartAsync(3, 100, 60);
        await StartAsync(1, firstToken, tokensPerSecond);
        await ServeAsync();

        var suspected = await _gateway.Fleet.UntilAsync(f => f[Slow].Reason.Contains(reason, StringComparison.Ordinal));
        Assert.True(suspected[Slow] is { State: "Suspect", Weight: < 0.5 } or { State: "Ejected" }, $"{suspected[Slow]}");
        var ejected = await _gateway.Fleet.UntilAsync(f => f[Slow].State == "Ejected");
        output.WriteLine(ejected[Slow].Reason);
        Assert.Matches($@"{reason}.*, the others .*; out for 2 s", ejected[Slow].Reason);
        Assert.All(ejected.Replicas.Where(r => r.Id != Slow), r => Assert.Equal("Healthy", r.State));
        var (before, others) = (ejected[Slow].Generations, ejected.Replicas.Sum(r => r.Generations) - ejected[Slow].Generations);
        output.WriteLine($"{before} of {before + others} answers came from it");
        Assert.True(before < others / 3.0 / 2, "it kept a full share");
    }

    [Fact(Explicit = true)] // FleetJudgeTests.Nobody_is_ejected_for_being_slow_together_with_the_others holds the rule itself
    public async Task When_all_are_slow_none_is_ejected()
    {
        await StartAsync(4, 1500, 12);
        await ServeAsync();
        await _gateway.Fleet.UntilAsync(f => Volatile.Read(ref _answers) >= 80);

        output.WriteLine(string.Join('\n', _gateway.Program.Output.Split('\n').Where(l => l.Contains("-> ", StringComparison.Ordinal))));
        Assert.Contains("-> Healthy", _gateway.Program.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("; out for", _gateway.Program.Output, StringComparison.Ordinal);
    }

    private async Task StartAsync(int count, int firstToken, int tokensPerSecond)
    {
        for (var i = 0; i < count; i++)
        {
            _shims.Add(await ShimHost.StartAsync("--Liveness:Canary=Off", FormattableString.Invariant($"--Engine:Embedded:FirstTokenDelayMilliseconds={firstToken}"),
                FormattableString.Invariant($"--Engine:Embedded:TokensPerSecond={tokensPerSecond}")));
        }
    }

    /// <summary>A gateway, and clients that ask without a pause; any answer that is not right ends the test.</summary>
    private async Task ServeAsync()
    {
        _gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", "--Health:SlowMilliseconds=3000", "--Health:SoftEjectionMilliseconds=2000", "--Health:SlowStartSeconds=0",
            .. _shims.SelectMany((s, i) => new[] { $"--Discovery:Replicas:{i}={s.Address}" })]);
        await _gateway.Fleet.UntilAsync(f => f.Replicas.Count(r => r.State == "Healthy") == _shims.Count);
        var expected = (await _gateway.Chat.AskAsync("What can you tell me about a lobster?", stream: true, more: ",\"max_tokens\":12")).Text;
        _load = Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            while (!_end.IsCancellationRequested)
            {
                var seen = await _gateway.Chat.AskAsync("What can you tell me about a lobster?", stream: true, more: ",\"max_tokens\":12");
                Assert.True(seen.Whole && seen.Text == expected, $"{seen}");
                Interlocked.Increment(ref _answers);
            }
        }));
    }
}
