using Clawdbot.ServiceDefaults;

namespace Clawdbot.Tests.ServiceDefaults;

public sealed class ChangeSignalTests
{
    private readonly ChangeSignal _signal = new();

    [Fact]
    public void All_who_wait_are_woken_once_and_the_next_wait_is_a_new_one()
    {
        var (one, other) = (_signal.Next, _signal.Next);

        _signal.Raise();

        Assert.True(one.IsCompletedSuccessfully && other.IsCompletedSuccessfully);
        Assert.False(_signal.Next.IsCompleted);
    }

    [Fact]
    public void A_change_before_anybody_waits_wakes_nobody()
    {
        _signal.Raise();

        Assert.False(_signal.Next.IsCompleted);
    }

    [Fact]
    public async Task Who_takes_it_before_reading_misses_no_change()
    {
        const int changes = 10_000;
        var value = 0;
        var writer = Task.Run(() =>
        {
            for (var i = 1; i <= changes; i++)
            {
                Volatile.Write(ref value, i);
                _signal.Raise();
            }
        }, TestContext.Current.CancellationToken);

        while (true)
        {
            var next = _signal.Next;
            if (Volatile.Read(ref value) == changes)
                break;
            await next.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
        await writer;
    }
}
