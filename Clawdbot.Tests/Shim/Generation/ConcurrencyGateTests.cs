using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Generation;

public sealed class ConcurrencyGateTests
{
    private readonly ConcurrencyGate _gate = new(Options.Create(new EngineOptions { Capacity = 2 }), new EngineWatch());

    [Fact]
    public void New_requests_stop_at_the_capacity()
    {
        Assert.Equal([GateRefusal.None, GateRefusal.None, GateRefusal.Full], Enter(3, continuation: false));
        Assert.Equal(2, _gate.InFlight);

        _gate.Leave();

        Assert.Equal([GateRefusal.None, GateRefusal.Full], Enter(2, continuation: false));
    }

    [Fact]
    public void Answers_begun_elsewhere_find_room_in_a_full_shim_for_as_many_again()
    {
        Enter(2, continuation: false);

        Assert.Equal([GateRefusal.None, GateRefusal.None, GateRefusal.Full], Enter(3, continuation: true));
        Assert.Equal([GateRefusal.Full], Enter(1, continuation: false));

        _gate.Leave();
        Assert.Equal([GateRefusal.Full], Enter(1, continuation: false)); // three of two still run
        Assert.Equal([GateRefusal.None], Enter(1, continuation: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_draining_shim_takes_nothing_new_until_it_returns(bool continuation)
    {
        _gate.Drain("maintenance");
        Assert.Equal([GateRefusal.Draining], Enter(1, continuation));
        Assert.Equal((ShimVerdict.Draining, "maintenance"), _gate.Verdict);

        _gate.Return();
        Assert.Equal([GateRefusal.None], Enter(1, continuation));
        Assert.Equal(ShimVerdict.Ready, _gate.Verdict.Verdict);
    }

    [Fact]
    public void A_full_shim_is_ready_all_the_same()
    {
        Enter(2, continuation: false);

        Assert.Equal(ShimVerdict.Ready, _gate.Verdict.Verdict);
    }

    [Fact]
    public async Task A_drained_shim_is_empty_when_the_last_answer_is_complete()
    {
        Enter(2, continuation: false);
        _gate.Drain("stopping");
        var empty = _gate.EmptyAsync(TestContext.Current.CancellationToken);

        _gate.Leave();
        Assert.False(empty.IsCompleted);
        _gate.Leave();

        await empty;
        await _gate.EmptyAsync(TestContext.Current.CancellationToken); // and it stays so
    }

    [Fact]
    public async Task Whoever_waits_for_it_to_be_empty_may_give_up()
    {
        Enter(1, continuation: false);
        using var patience = new CancellationTokenSource();
        var empty = _gate.EmptyAsync(patience.Token);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => empty);
    }

    [Fact]
    public void Every_change_is_told_and_a_refusal_is_none()
    {
        Told(() => _gate.TryEnter(continuation: false));
        Told(() => _gate.TryEnter(continuation: false));
        Told(_gate.Leave);
        Told(() => _gate.Drain("x"));
        Told(_gate.Return);
        Enter(1, continuation: false);

        var changed = _gate.Changed;
        Assert.Equal([GateRefusal.Full], Enter(1, continuation: false));
        Assert.False(changed.IsCompleted);
    }

    private void Told(Action change)
    {
        var changed = _gate.Changed;
        Assert.False(changed.IsCompleted);
        change();
        Assert.True(changed.IsCompleted);
    }

    private List<GateRefusal> Enter(int times, bool continuation) =>
        [.. Enumerable.Range(0, times).Select(_ => _gate.TryEnter(continuation))];
}
