using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Health;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Health;

public sealed class WatchedReplicaTests
{
    private static readonly TimeSpan Standstill = TimeSpan.FromSeconds(10);
    private readonly MonotonicTime _start = new(TimeSpan.TicksPerDay);
    private readonly WatchedReplica _replica;

    public WatchedReplicaTests() =>
        _replica = new WatchedReplica(new ReplicaEndpoint("r", "test", new Uri("http://r:1")), new HealthOptions(), _start);

    [Fact]
    public void A_standstill_of_the_gateway_is_no_silence_and_what_went_before_it_is()
    {
        var now = _start + TimeSpan.FromSeconds(0.3) + Standstill;
        _replica.CouldNotBeHeard(Standstill, now);

        Assert.Equal(TimeSpan.FromSeconds(0.3), now - _replica.LastHeard);
    }

    [Fact]
    public void One_that_was_heard_after_the_standstill_was_not_heard_in_the_future()
    {
        var now = _start + Standstill;
        _replica.Heard(SomeReplica.Status(ShimVerdict.Ready), now);
        _replica.CouldNotBeHeard(Standstill, now + TimeSpan.FromMilliseconds(5));

        Assert.Equal(now + TimeSpan.FromMilliseconds(5), _replica.LastHeard);
    }
}
