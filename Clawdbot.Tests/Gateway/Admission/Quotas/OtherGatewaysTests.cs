using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Admission.Quotas;

public sealed class OtherGatewaysTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly ReplicaTable _table = new();
    private readonly OtherGateways _others;

    public OtherGatewaysTests() => _others = new OtherGateways(_table, _time);

    [Fact]
    public void Alone_it_has_everything()
    {
        Publish(Heard("a", null));
        Assert.Equal(LimitSharing.Alone, _others.Sharing);
    }

    [Fact]
    public void Before_it_heard_a_shim_it_assumes_others_but_not_for_long()
    {
        Assert.Equal(LimitSharing.NewBeside(2), _others.Sharing);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(LimitSharing.Alone, _others.Sharing);
    }

    [Fact]
    public void One_that_comes_to_others_has_little_until_it_has_exchanged()
    {
        Publish(Heard("a", null, "r1"), Heard("b", 3, "r2"));
        Assert.Equal(LimitSharing.NewBeside(3), _others.Sharing);
        _others.Answered(isComplete: false);
        Assert.Equal(LimitSharing.NewBeside(3), _others.Sharing);

        _others.Answered(isComplete: true);
        Assert.Equal(LimitSharing.With(3), _others.Sharing);
    }

    [Fact]
    public void One_that_others_come_to_keeps_everything_until_it_has_exchanged()
    {
        Publish(Heard("a", null));
        Assert.Equal(LimitSharing.Alone, _others.Sharing); // and may have used everything
        Publish(Heard("a", 2));
        Assert.Equal(LimitSharing.NotAloneAnyMore(2), _others.Sharing);

        _others.Answered(isComplete: false);
        Assert.Equal(LimitSharing.With(2), _others.Sharing);
        Publish(Heard("a", null));
        Assert.Equal(LimitSharing.Alone, _others.Sharing); // and may have used everything
        Publish(Heard("a", 2));
        Assert.Equal(LimitSharing.NotAloneAnyMore(2), _others.Sharing);
    }

    [Fact]
    public void While_no_shim_is_heard_what_was_known_goes_on()
    {
        Publish(Heard("a", 2));
        _others.Answered(isComplete: true);
        Publish(SomeReplica.In(ReplicaState.Ejected));

        Assert.Equal(LimitSharing.With(2), _others.Sharing);
        Assert.Empty(_others.Shims);
    }

    [Fact]
    public void All_choose_the_same_two_shims_however_they_name_them()
    {
        Publish(Heard("c", 2, "r1"), Heard("a", 2, "r2"), Heard("b", 2, "r3"));
        Assert.Equal(["http://r2/", "http://r3/"], _others.Shims.Select(s => s.ToString()));
    }

    private void Publish(params Replica[] replicas) => _table.Publish(new ReplicaSet(replicas));

    private static Replica Heard(string instance, int? gateways, string id = "r")
    {
        var status = SomeReplica.Status(ShimVerdict.Ready) with { Instance = instance, Gateways = gateways };
        return SomeReplica.Healthy(id) with
        {
            Address = new Uri($"http://{id}"), Description = ReplicaDescription.Of(status), Live = new ReplicaLive { Status = status },
        };
    }
}
