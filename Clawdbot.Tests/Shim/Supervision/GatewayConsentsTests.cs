using Clawdbot.InferenceShim.Supervision;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Shim.Supervision;

public sealed class GatewayConsentsTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    private readonly ManualTimeProvider _time = new();
    private readonly GatewayConsents _consents;

    public GatewayConsentsTests() => _consents = new GatewayConsents(_time);

    [Fact]
    public void Without_a_gateway_nobody_has_agreed() => Assert.False(_consents.IsUnanimous);

    [Fact]
    public void Every_gateway_that_listens_must_agree()
    {
        using var a = _consents.Listening("a");
        using var b = _consents.Listening("b");
        _consents.Agree("a", Lease);
        Assert.False(_consents.IsUnanimous);
        _consents.Agree("b", Lease);
        Assert.True(_consents.IsUnanimous);
    }

    [Fact]
    public void A_consent_runs_out()
    {
        using var a = _consents.Listening("a");
        _consents.Agree("a", Lease);
        _time.Advance(Lease);
        Assert.False(_consents.IsUnanimous);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_step_of_the_wall_clock_makes_a_consent_neither_shorter_nor_longer(int hours)
    {
        using var a = _consents.Listening("a");
        _consents.Listening("b").Dispose();
        _time.Advance(TimeSpan.FromSeconds(5.1));
        _consents.Agree("a", Lease);
        _time.StepUtc(TimeSpan.FromHours(hours));
        Assert.True(_consents.IsUnanimous);
        _time.Advance(Lease);
        Assert.False(_consents.IsUnanimous);
    }

    [Fact]
    public void A_gateway_that_listened_a_moment_ago_counts_for_five_seconds()
    {
        using var a = _consents.Listening("a");
        _consents.Listening("b").Dispose();
        _time.Advance(TimeSpan.FromSeconds(4.9));
        _consents.Agree("a", Lease);
        Assert.False(_consents.IsUnanimous);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(_consents.IsUnanimous);
    }

    [Fact]
    public void A_gateway_that_opened_its_stream_anew_is_the_same()
    {
        var first = _consents.Listening("a");
        using var second = _consents.Listening("a");
        first.Dispose();
        first.Dispose(); // counts once
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_consents.IsUnanimous);
        _consents.Agree("a", Lease);
        Assert.True(_consents.IsUnanimous);
    }

    [Fact]
    public void Whoever_does_not_say_who_it_is_never_agrees_and_a_stranger_cant()
    {
        using var a = _consents.Listening("a");
        var nameless = _consents.Listening(null);
        _consents.Agree("a", TimeSpan.FromMinutes(1));
        _consents.Agree("stranger", Lease);
        Assert.False(_consents.IsUnanimous);
        nameless.Dispose();
        _time.Advance(TimeSpan.FromSeconds(5.1));
        Assert.True(_consents.IsUnanimous);
    }
}
