using System.Diagnostics.Metrics;
using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Health;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Shims;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Health;

public sealed class FleetMonitorTests : IAsyncLifetime
{
    private static readonly IOptions<HealthOptions> Options =
        Microsoft.Extensions.Options.Options.Create(new HealthOptions { SoftEjectionMilliseconds = 100, SilenceMilliseconds = 60_000 });

    private readonly ManualTimeProvider _time = new();
    private readonly ReplicaTable _table = new();
    private readonly StatusStreams _streams = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FleetMonitor _monitor;

    public FleetMonitorTests()
    {
        var shims = new ShimClient(new HttpMessageInvoker(_streams),
            Microsoft.Extensions.Options.Options.Create(new FleetOptions()), new GatewayInstance("g"), _time);
        var metrics = new GatewayMetrics(_services.GetRequiredService<IMeterFactory>(), _table);
        var services = new HealthServices(_table, new StatusListener(shims, Options.Value, _time),
            new RecycleConsent(shims, NullLogger<RecycleConsent>.Instance),
            new QuarantineSync(shims, new Quarantine(_time), _time, NullLogger<QuarantineSync>.Instance),
            new DemandReporter(shims, _table),
            new FleetJudge(Options, metrics, NullLogger<FleetJudge>.Instance), metrics);
        _monitor = new FleetMonitor([new TwoReplicas()], services, Options, _time, NullLogger<FleetMonitor>.Instance);
    }

    public async ValueTask InitializeAsync()
    {
        await _monitor.StartAsync(CancellationToken.None);
        await SayReadyUntilAsync("a", ReplicaState.Healthy);
        await SayReadyUntilAsync("b", ReplicaState.Healthy);
    }

    public async ValueTask DisposeAsync()
    {
        await _monitor.StopAsync(CancellationToken.None);
        _monitor.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public void What_is_the_clients_fault_or_nobodys_never_counts_against_a_replica()
    {
        AttemptOutcome[] innocent = [.. Enum.GetValues<AttemptOutcome>()
            .Where(o => Attribution.Of(o) is Fault.None or Fault.Client or Fault.Backpressure or Fault.Mismatch)];
        Assert.Contains(AttemptOutcome.Busy, innocent);

        foreach (var outcome in innocent)
        {
            for (var i = 0; i < 20; i++)
                _table.Report(Find("a"), new(outcome));
            Assert.Equal(ReplicaState.Healthy, Find("a").State);
        }
    }

    [Fact]
    public void Three_failures_take_a_replica_out_and_leave_what_runs_there_alone()
    {
        foreach (var outcome in Enum.GetValues<AttemptOutcome>().Where(o => Attribution.Of(o) == Fault.ReplicaSick).Take(3))
        {
            Assert.True(Find("a").IsRoutable);
            _table.Report(Find("a"), new(outcome));
        }

        Assert.Equal((ReplicaState.Ejected, EjectionCause.Strikes), (Find("a").State, Find("a").Ejection));
        Assert.Equal("b", Assert.Single(_table.Current.Routable).Id);
        Assert.False(Find("a").Live.Lost.IsCancellationRequested);
    }

    [Theory]
    [InlineData(AttemptOutcome.ConnectFailed)]
    [InlineData(AttemptOutcome.Unproven)]
    public async Task Hard_evidence_takes_a_replica_out_at_once_and_ends_what_runs_there_after_the_others_are_published(object outcome)
    {
        var before = Find("a");
        var routableWhenLost = new TaskCompletionSource<string[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var lost = before.Live.Lost.Register(() => routableWhenLost.SetResult([.. _table.Current.Routable.Select(r => r.Id)]));

        _table.Report(before, new((AttemptOutcome)outcome));

        Assert.Equal(ReplicaState.Ejected, Find("a").State);
        Assert.Equal(["b"], await routableWhenLost.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
    }

    [Fact]
    public void When_the_other_half_of_the_fleet_is_out_strikes_do_not_eject_the_rest()
    {
        StrikeOut("a");
        Assert.Equal(ReplicaState.Ejected, Find("a").State);

        StrikeOut("b");

        Assert.Equal(ReplicaState.Suspect, Find("b").State);
    }

    [Fact]
    public async Task A_replica_that_fails_on_trial_is_out_again_and_does_not_count_as_another_sick_one()
    {
        StrikeOut("a");
        _time.Advance(TimeSpan.FromMilliseconds(101));
        await SayReadyUntilAsync("a", ReplicaState.Probation);

        _table.Report(Find("a"), new(AttemptOutcome.ServerError));

        Assert.Equal((ReplicaState.Ejected, EjectionCause.Strikes), (Find("a").State, Find("a").Ejection));
    }

    [Fact]
    public async Task What_a_dead_process_did_says_nothing_about_its_successor()
    {
        var old = Find("a");
        await _streams.SayAsync(TwoReplicas.A, SomeReplica.Status(ShimVerdict.Ready) with { Instance = "instance-2" });
        await UntilAsync(() => Find("a").Live != old.Live);
        Assert.True(old.Live.Lost.IsCancellationRequested);

        _table.Report(old, new(AttemptOutcome.ConnectFailed));

        Assert.Equal(ReplicaState.Healthy, Find("a").State);
    }

    [Fact]
    public async Task A_replica_that_drains_gets_nothing_new_and_finishes_what_it_has()
    {
        await _streams.SayAsync(TwoReplicas.A, SomeReplica.Status(ShimVerdict.Draining));
        await UntilAsync(() => Find("a").State == ReplicaState.Draining);

        Assert.Equal("b", Assert.Single(_table.Current.Routable).Id);
        Assert.False(Find("a").Live.Lost.IsCancellationRequested);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_step_of_the_wall_clock_by_an_hour_ejects_nobody(int hours)
    {
        var before = Find("a").Weight;
        _time.StepUtc(TimeSpan.FromHours(hours));
        await LookedAsync(before);

        Assert.Equal([ReplicaState.Healthy, ReplicaState.Healthy], _table.Current.All.Select(r => r.State));
        Assert.Null(_table.Current.Doubt);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_step_of_the_wall_clock_makes_an_ejection_neither_shorter_nor_longer(int hours)
    {
        StrikeOut("a");
        _time.StepUtc(TimeSpan.FromHours(hours));
        await _streams.SayAsync(TwoReplicas.A, SomeReplica.Status(ShimVerdict.Ready, capacity: 9));
        await UntilAsync(() => Find("a").Capacity == 9);
        Assert.Equal(ReplicaState.Ejected, Find("a").State);

        _time.Advance(TimeSpan.FromMilliseconds(101));
        await SayReadyUntilAsync("a", ReplicaState.Probation);
    }

    [Fact]
    public async Task Time_in_which_the_gateway_itself_stood_still_is_nobodys_silence()
    {
        var before = Find("a").Weight;
        _time.AdvanceTimestamp(TimeSpan.FromHours(1)); // at once: what was to happen meanwhile did not
        await UntilAsync(() => Find("a").Weight > before);

        Assert.Equal([ReplicaState.Healthy, ReplicaState.Healthy], _table.Current.All.Select(r => r.State));
        Assert.Equal("this gateway stood still for 3599.9 s", _table.Current.Doubt);
    }

    [Fact]
    public async Task Time_that_passes_without_a_word_is_silence_whatever_the_wall_clock_says()
    {
        for (var tick = 0; tick < 50_000 && Find("a").State != ReplicaState.Ejected; tick++)
        {
            _time.AdvanceTimestamp(TimeSpan.FromMilliseconds(100)); // one at a time: several at once would be a standstill
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        Assert.Equal(EjectionCause.Silent, Find("a").Ejection);
    }

    /// <summary>
    /// The monitor has looked for silence since: it publishes a higher weight of one that is still warming up in the same look.
    /// </summary>
    private async Task LookedAsync(double before)
    {
        for (var tick = 0; tick < 10; tick++)
            _time.Advance(TimeSpan.FromMilliseconds(100));
        await UntilAsync(() => Find("a").Weight > before);
    }

    private Replica Find(string id) => _table.Current.Find(id)!;

    private void StrikeOut(string id)
    {
        for (var i = 0; i < Options.Value.StrikesOut; i++)
            _table.Report(Find(id), new(AttemptOutcome.ServerError));
    }

    private async Task SayReadyUntilAsync(string id, ReplicaState state)
    {
        await _streams.SayAsync(id == "a" ? TwoReplicas.A : TwoReplicas.B, SomeReplica.Status(ShimVerdict.Ready));
        await UntilAsync(() => _table.Current.Find(id)?.State == state);
    }

    private async Task UntilAsync(Func<bool> holds)
    {
        while (true)
        {
            var changed = _table.Changed;
            if (holds())
                return;
            await changed.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System); // what never happens is a failure and not a hang
        }
    }

    private sealed class TwoReplicas : IReplicaSource
    {
        public static readonly Uri A = new("http://a:1");
        public static readonly Uri B = new("http://b:1");

        public Task WatchAsync(Action<IReadOnlyList<ReplicaEndpoint>> publish, CancellationToken cancellation)
        {
            publish([new ReplicaEndpoint("a", "test", A), new ReplicaEndpoint("b", "test", B)]);
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        }
    }
}
