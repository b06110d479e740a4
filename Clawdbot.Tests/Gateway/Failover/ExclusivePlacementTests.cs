using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Gateway.Forwarding;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Failover;

public sealed class ExclusivePlacementTests
{
    private static readonly Requirement Needed = new(SomeReplica.Model, null);

    private readonly ManualTimeProvider _time = new();
    private readonly ReplicaTable _table = new();
    private readonly List<Replica> _replicas = [.. Enumerable.Range(0, 4).Select(i => SomeReplica.Healthy($"r{i}"))];
    private readonly ExclusivePlacement _placement;

    public ExclusivePlacementTests()
    {
        _table.Publish(new ReplicaSet(_replicas));
        _placement = new ExclusivePlacement(_table, Options.Create(new FailoverOptions()), _time);
    }

    [Fact]
    public async Task Who_is_no_suspect_shares() => Assert.Null(await FindAsync(deaths: 0));

    [Fact]
    public async Task A_suspect_has_an_idle_replica_for_itself_until_it_gives_it_back()
    {
        var slots = _replicas.Where(r => r.Id != "r2").Select(r => r.Live.Enter()).ToList();
        var reservation = await FindAsync(deaths: 1);

        Assert.Equal("r2", reservation!.Replica.Id);
        Assert.False(Needed.Admits(_replicas[2])); // nobody else is sent there
        slots.ForEach(s => s.Dispose());
        var other = await FindAsync(deaths: 1);
        Assert.NotEqual("r2", other!.Replica.Id);
        Assert.Null(await FindAsync(deaths: 1)); // half of the fleet is for the others

        reservation.Dispose();
        reservation.Dispose();
        Assert.True(Needed.Admits(_replicas[2]));
    }

    [Fact]
    public async Task Where_all_have_something_to_do_a_suspect_shares_at_once()
    {
        using var a = _replicas[0].Live.Enter();
        using var b = _replicas[1].Live.Enter();
        _table.Publish(new ReplicaSet(_replicas[..2]));

        Assert.Null(await FindAsync(deaths: 1));
    }

    [Fact]
    public async Task For_a_grave_suspect_the_least_loaded_replica_is_kept_free()
    {
        var slots = _replicas.SelectMany(r => Enumerable.Range(0, r.Id == "r1" ? 1 : 2).Select(_ => (r.Id, Slot: r.Live.Enter()))).ToList();
        var finding = FindAsync(deaths: 2);

        Assert.False(finding.IsCompleted);
        Assert.False(Needed.Admits(_replicas[1])); // nothing new goes there, and what runs goes on
        slots.Single(s => s.Id == "r1").Slot.Dispose();
        _time.Advance(TimeSpan.FromMilliseconds(25));

        Assert.Equal("r1", (await finding)!.Replica.Id);
    }

    [Fact]
    public async Task What_runs_there_is_not_waited_for_without_end()
    {
        var slots = _replicas.Select(r => r.Live.Enter()).ToList();
        var finding = FindAsync(deaths: 2);
        for (var i = 0; i < 61 && !finding.IsCompleted; i++)
            _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(await finding);
        Assert.All(_replicas, r => Assert.True(Needed.Admits(r)));
        slots.ForEach(s => s.Dispose());
    }

    private async Task<ReplicaReservation?> FindAsync(int deaths)
    {
        var suspicion = new PoisonSuspicion(SomeResponse.Of(SomeResponse.Request()), _time);
        for (var i = 0; i < deaths; i++)
        {
            var dead = SomeReplica.Healthy();
            dead.Live.LostBy = EjectionCause.Exited;
            dead.Live.Lose();
            await suspicion.ConsiderAsync(dead, new AttemptResult(AttemptOutcome.ReplicaLost) { Progress = new AttemptProgress(0) });
        }
        return await _placement.FindAsync(suspicion, Needed, [], CancellationToken.None);
    }
}
