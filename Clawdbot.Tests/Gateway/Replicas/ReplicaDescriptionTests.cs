using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Replicas;

public sealed class ReplicaDescriptionTests
{
    [Theory]
    [InlineData(null, "also", "m")]
    [InlineData("", "also", "m")]
    [InlineData("upstream", "upstream", "upstream")]
    public void What_serves_is_what_it_tells_or_else_what_was_asked_for_if_it_has_it(string? told, string also, string other)
    {
        var replica = Telling(told);
        Assert.Equal((also, other), (replica.Served("also"), replica.Served("another")));
    }

    [Fact]
    public void A_name_longer_than_is_believed_counts_as_not_told()
    {
        Assert.Equal(new string('x', 256), Telling(new string('x', 256)).Served("m"));
        Assert.Equal("m", Telling(new string('x', 257)).Served("m"));
    }

    [Fact]
    public void Another_name_is_news()
    {
        var description = ReplicaDescription.Of(Status("a"))!;
        Assert.True(description.Matches(Status("a")));
        Assert.False(description.Matches(Status("b")));
        Assert.False(description.Matches(Status(null)));
    }

    private static Replica Telling(string? served) =>
        SomeReplica.Healthy() with { Description = ReplicaDescription.Of(Status(served)) };

    private static ShimStatus Status(string? served) =>
        SomeReplica.Status(ShimVerdict.Ready) with { AlsoModels = ["also"], ServedModel = served };
}
