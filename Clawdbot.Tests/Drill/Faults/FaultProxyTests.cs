using Clawdbot.Drill.Faults;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Xunit;

namespace Clawdbot.Tests.Drill.Faults;

/// <summary>Each disturbance of the path, as a client of one bare replica sees it: without a gateway every one is noticed.</summary>
public sealed class FaultProxyTests(FastReplica replica) : IClassFixture<FastReplica>, IAsyncLifetime
{
    private FaultProxy _path = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _path = await FaultProxy.StartAsync(replica.Address);
        _http = Clients.Create(_path.Address, ShimHost.Secret);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _path.DisposeAsync();
    }

    [Theory]
    [InlineData(FaultKind.Reset, Verdict.Failed)]
    [InlineData(FaultKind.HalfClose, Verdict.Failed)]
    [InlineData(FaultKind.Blackhole, Verdict.Hung)]
    [InlineData(FaultKind.Corrupt, Verdict.Failed)]
    [InlineData(FaultKind.ServerError, Verdict.Failed)]
    [InlineData(FaultKind.TooMany, Verdict.Refused)]
    [InlineData(FaultKind.ErrorEvent, Verdict.Failed)]
    [InlineData(FaultKind.Refuse, Verdict.Failed)]
    [InlineData(FaultKind.Empty, Verdict.Failed)]
    [InlineData(FaultKind.WrongType, Verdict.Failed)]
    [InlineData(FaultKind.HalfEvent, Verdict.Failed)]
    [InlineData(FaultKind.Endless, Verdict.Failed)]
    [InlineData(FaultKind.SlowStart, Verdict.Right)]
    [InlineData(FaultKind.Latency, Verdict.Right)]
    [InlineData(FaultKind.Drip, Verdict.Right)]
    internal async Task A_disturbance_is_seen_while_it_is_on_and_not_before_or_after(FaultKind kind, Verdict verdict)
    {
        var question = new Question("q", "What are you?", null, true, 1, 24);
        var client = new ChatClient(_http);
        var checker = new Checker(await ExpectedAnswers.LearnAsync(client, [question], TestContext.Current.CancellationToken));

        InPath.Arm(new FaultPlan { Do = kind }, _path);
        // A connection from before a refusal would still be good.
        using var fresh = Clients.Create(_path.Address, ShimHost.Secret);
        var seen = await LoadRun.SeeAsync(new ChatClient(fresh), question, TimeSpan.FromSeconds(verdict == Verdict.Hung ? 1 : 30), TimeProvider.System);
        Assert.Equal(verdict, checker.Judge(question, seen).Verdict);

        _path.Clear();
        Assert.Equal((Verdict.Right, ""), checker.Judge(question, await client.AskAsync(question, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_cut_lets_exactly_so_many_events_pass()
    {
        var question = new Question("q", "What are you?", null, true, 1, 24);
        _path.Arm(new Disturbance.Cut(5));
        var seen = await new ChatClient(_http).AskAsync(question, TestContext.Current.CancellationToken);

        Assert.Equal((4, false), (seen.Pieces, seen.Whole)); // the first event is the role's
    }

    [Fact]
    public async Task Connections_that_are_not_of_a_generation_are_left_alone()
    {
        _path.Arm(new Disturbance.Status(500));

        Assert.Equal(ChatClient.Model, await Clients.FirstModelAsync(_http, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_command_that_fails_says_why()
    {
        Assert.Null(await CommandFault.RunAsync(["true"], TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Contains("exit code", await CommandFault.RunAsync(["cat", "/nowhere"], TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("can't be started", await CommandFault.RunAsync(["no-such-program"], TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("did not end within", await CommandFault.RunAsync(["sleep", "60"], TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
