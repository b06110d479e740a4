using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Replicas;

public sealed class ReplicaSetTests
{
    [Theory]
    [InlineData(ReplicaState.Starting, false)]
    [InlineData(ReplicaState.Healthy, true)]
    [InlineData(ReplicaState.Suspect, true)]
    [InlineData(ReplicaState.Ejected, false)]
    [InlineData(ReplicaState.Probation, true)]
    [InlineData(ReplicaState.Draining, false)]
    [InlineData(ReplicaState.Gone, false)]
    public void Only_what_serves_is_routable_and_counts_as_capacity(object state, bool routable)
    {
        var set = new ReplicaSet([SomeReplica.In((ReplicaState)state, "a", capacity: 5), SomeReplica.Healthy("b", capacity: 3)]);

        Assert.Equal(routable ? ["a", "b"] : ["b"], set.Routable.Select(r => r.Id));
        Assert.Equal(routable ? 8 : 3, set.Capacity);
        Assert.Equal(2, set.All.Length);
    }

    [Theory]
    [InlineData(ReplicaState.Healthy)]
    [InlineData(ReplicaState.Suspect)]
    [InlineData(ReplicaState.Probation)]
    public void Nothing_without_an_address_is_routable(object state) =>
        Assert.False((SomeReplica.In((ReplicaState)state) with { Address = null }).IsRoutable);

    [Fact]
    public void Every_state_is_judged_here() => Assert.Equal(7, Enum.GetValues<ReplicaState>().Length);

    [Fact]
    public void Replicas_are_listed_and_found_by_id()
    {
        var set = new ReplicaSet([SomeReplica.Healthy("b"), SomeReplica.Healthy("a")]);

        Assert.Equal(["a", "b"], set.All.Select(r => r.Id));
        Assert.Equal("b", set.Find("b")?.Id);
        Assert.Null(set.Find("c"));
    }

    [Theory]
    [InlineData("m", 3, 5)]
    [InlineData("another model", 8, 8)]
    public void Places_are_this_gateways_part_where_any_replica_serves_any_request(string model, int places, int share)
    {
        var set = new ReplicaSet([Part("a", SomeReplica.Model, 2, 3), Part("b", model, 1, 2)]);

        Assert.Equal((8, places, share), (set.Capacity, set.Places, set.Share));

        static Replica Part(string id, string model, int places, int share) => SomeReplica.In(ReplicaState.Healthy, id, model) with
        {
            Description = ReplicaDescription.Of(SomeReplica.Status(ShimVerdict.Ready, model) with { Places = places, Share = share }),
        };
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(0)]
    public void Numbers_that_no_replica_has_are_bounded(int number)
    {
        var status = SomeReplica.Status(ShimVerdict.Ready, capacity: number) with { Places = number, Share = number, Gateways = number };
        var replica = SomeReplica.Healthy() with { Description = ReplicaDescription.Of(status) };
        var set = new ReplicaSet(Enumerable.Range(0, 1000).Select(i => replica with { Id = $"{i}" })); // their sum must not overflow

        Assert.InRange(set.Capacity, 1000, int.MaxValue);
        Assert.InRange(set.Places, 0, set.Capacity);
        Assert.InRange(replica.Description!.Gateways, 1, 64);
        Assert.True(replica.Description.Matches(status));
    }
}
