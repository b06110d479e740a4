using Clawdbot.Gateway.Replicas;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Replicas;

public sealed class ReplicaTableTests
{
    [Fact]
    public void Whoever_waits_for_a_change_wakes_at_the_next_publish_and_sees_the_new_set()
    {
        var table = new ReplicaTable();
        var changed = table.Changed;
        Assert.False(changed.IsCompleted);
        Assert.Same(ReplicaSet.Empty, table.Current);

        var set = SomeReplica.SetOf(4);
        table.Publish(set);

        Assert.True(changed.IsCompletedSuccessfully);
        Assert.Same(set, table.Current);
    }

    [Fact]
    public void A_change_before_one_began_to_wait_does_not_wake()
    {
        var table = new ReplicaTable();
        table.Publish(SomeReplica.SetOf(4));

        Assert.False(table.Changed.IsCompleted);
    }

    [Fact]
    public void Every_publish_wakes()
    {
        var table = new ReplicaTable();
        for (var i = 0; i < 3; i++)
        {
            var (one, other) = (table.Changed, table.Changed);
            table.Publish(ReplicaSet.Empty);
            Assert.True(one.IsCompletedSuccessfully && other.IsCompletedSuccessfully);
        }
    }

    [Fact]
    public void Outcomes_reach_whoever_listens()
    {
        var table = new ReplicaTable();
        var replica = SomeReplica.Healthy();
        table.Report(replica, new(AttemptOutcome.Completed)); // nobody listens: nothing happens
        var heard = new List<(Replica, AttemptOutcome)>();
        table.OutcomeReported += (r, o) => heard.Add((r, o.Outcome));

        table.Report(replica, new(AttemptOutcome.Busy));

        Assert.Equal([(replica, AttemptOutcome.Busy)], heard);
    }
}
