using Clawdbot.InferenceShim.Drain;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Liveness;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Drain;

public sealed class SlotsTests
{
    private readonly Slots _slots = new(Options.Create(new EngineOptions { Capacity = 2 }), new EngineWatch());

    [Fact]
    public void New_requests_stop_at_the_capacity()
    {
        Assert.Equal([SlotRefusal.None, SlotRefusal.None, SlotRefusal.Full], Enter(3, continuation: false));
        Assert.Equal(2, _slots.InFlight);

        _slots.Leave();

        Assert.Equal([SlotRefusal.None, SlotRefusal.Full], Enter(2, continuation: false));
    }

    [Fact]
    public void Answers_begun_elsewhere_find_room_in_a_full_shim_for_as_many_again()
    {
        Enter(2, continuation: false);

        Assert.Equal([SlotRefusal.None, SlotRefusal.None, SlotRefusal.Full], Enter(3, continuation: true));
        Assert.Equal([SlotRefusal.Full], Enter(1, continuation: false));

        _slots.Leave();
        Assert.Equal([SlotRefusal.Full], Enter(1, continuation: false)); // three of two still run
        Assert.Equal([SlotRefusal.None], Enter(1, continuation: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_draining_shim_takes_nothing_new_until_it_returns(bool continuation)
    {
        _slots.Drain("maintenance");
        Assert.Equal([SlotRefusal.Draining], Enter(1, continuation));
        Assert.Equal((ShimVerdict.Draining, "maintenance"), _slots.Verdict);

        _slots.Return();
        Assert.Equal([SlotRefusal.None], Enter(1, continuation));
        Assert.Equal(ShimVerdict.Ready, _slots.Verdict.Verdict);
    }

    [Fact]
    public void A_full_shim_is_ready_all_the_same()
    {
        Enter(2, continuation: false);

        Assert.Equal(ShimVerdict.Ready, _slots.Verdict.Verdict);
    }

    [Fact]
    public async Task A_drained_shim_is_empty_when_the_last_answer_is_complete()
    {
        Enter(2, continuation: false);
        _slots.Drain("stopping");
        var empty = _slots.EmptyAsync(TestContext.Current.CancellationToken);

        _slots.Leave();
        Assert.False(empty.IsCompleted);
        _slots.Leave();

        await empty;
        await _slots.EmptyAsync(TestContext.Current.CancellationToken); // and it stays so
    }

    [Fact]
    public async Task Whoever_waits_for_it_to_be_empty_may_give_up()
    {
        Enter(1, continuation: false);
        using var patience = new CancellationTokenSource();
        var empty = _slots.EmptyAsync(patience.Token);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => empty);
    }

    [Fact]
    public void Every_change_is_told_and_a_refusal_is_none()
    {
        Told(() => _slots.TryEnter(continuation: false));
        Told(() => _slots.TryEnter(continuation: false));
        Told(_slots.Leave);
        Told(() => _slots.Drain("x"));
        Told(_slots.Return);
        Enter(1, continuation: false);

        var changed = _slots.Changed;
        Assert.Equal([SlotRefusal.Full], Enter(1, continuation: false));
        Assert.False(changed.IsCompleted);
    }

    private void Told(Action change)
    {
        var changed = _slots.Changed;
        Assert.False(changed.IsCompleted);
        change();
        Assert.True(changed.IsCompleted);
    }

    private List<SlotRefusal> Enter(int times, bool continuation) => [.. Enumerable.Range(0, times).Select(_ => _slots.TryEnter(continuation))];
}
