using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Generation;

public sealed class GatewayPlacesTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly ConcurrencyGate _gate = new(Options.Create(new EngineOptions { Capacity = 8 }), new EngineWatch());
    private readonly GatewayPlaces _places;

    public GatewayPlacesTests() => _places = new GatewayPlaces(_gate, _time);

    [Fact]
    public void A_gateway_that_listens_alone_has_everything()
    {
        using var a = _places.Listening("a");
        using var unnamed = _places.Listening("");

        Assert.Null(_places.Of("a"));
        Assert.Null(_places.Of("b"));
    }

    [Fact]
    public void Two_have_half_each_and_an_idle_ones_part_goes_to_who_wants_it()
    {
        using var a = _places.Listening("a");
        using var b = _places.Listening("b");
        Assert.Equal((4, 4), (Places("a"), Places("b")));

        _places.Wants("a", 30);
        Assert.Equal((8, 0), (Places("a"), Places("b")));

        _places.Wants("b", 3);
        Assert.Equal((5, 3), (Places("a"), Places("b")));
    }

    [Fact]
    public void What_another_still_has_beyond_its_share_is_not_given_away_twice()
    {
        using var a = _places.Listening("a");
        using var b = _places.Listening("b");
        _places.Wants("a", 30);
        var running = Enumerable.Range(0, 8).Select(_ => Enter("a")).ToList();

        _places.Wants("b", 30);
        Assert.Equal(new GatewayShare(0, 4), _places.Of("b"));
        Assert.Equal(new GatewayShare(4, 4), _places.Of("a"));

        foreach (var one in running.Take(3))
            Leave(one);
        Assert.Equal(new GatewayShare(3, 4), _places.Of("b"));
    }

    [Fact]
    public void A_demand_that_is_not_repeated_is_forgotten()
    {
        using var a = _places.Listening("a");
        using var b = _places.Listening("b");
        _places.Wants("a", 30);

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((4, 4), (Places("a"), Places("b")));
    }

    [Fact]
    public void The_share_by_which_waits_are_estimated_is_that_of_a_gateway_that_wants_everything()
    {
        using var a = _places.Listening("a");
        using var b = _places.Listening("b");
        Assert.Equal(8, _places.Of("b")!.Value.Share);

        _places.Wants("a", 30);

        Assert.Equal(new GatewayShare(0, 4), _places.Of("b"));
    }

    [Fact]
    public void A_gateway_that_dies_gives_its_share_back()
    {
        using var a = _places.Listening("a");
        var b = _places.Listening("b")!;
        _places.Wants("b", 30);
        var changed = _places.Changed;

        b.Dispose();

        Assert.True(changed.IsCompleted);
        Assert.Null(_places.Of("a"));
    }

    [Fact]
    public void More_gateways_than_places_compete_as_they_come()
    {
        var all = Enumerable.Range(0, 9).Select(i => _places.Listening($"{i}")).ToList();

        Assert.All(Enumerable.Range(0, 9), i => Assert.Null(_places.Of($"{i}")));
        all[0]!.Dispose();
        Assert.NotNull(_places.Of("1"));
    }

    private int Places(string gateway) => _places.Of(gateway)!.Value.Places;

    private IDisposable Enter(string gateway)
    {
        Assert.Equal(GateRefusal.None, _gate.TryEnter(continuation: false));
        return _places.Entered(gateway)!;
    }

    private void Leave(IDisposable place)
    {
        place.Dispose();
        _gate.Leave();
    }
}
