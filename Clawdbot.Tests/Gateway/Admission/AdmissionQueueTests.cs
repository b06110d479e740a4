using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Tests.Fakes;
using CsCheck;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Admission;

public sealed class AdmissionQueueTests
{
    private const int QueueLimit = 3;

    private readonly ManualTimeProvider _time = new();
    private readonly ReplicaTable _table = new();
    private readonly AdmissionQueue _queue;

    public AdmissionQueueTests()
    {
        _table.Publish(SomeReplica.SetOf(2));
        _queue = Queue(_table, _time);
    }

    [Fact]
    public async Task As_many_come_in_at_once_as_there_are_places()
    {
        using var first = await AdmittedAsync(EnterAsync());
        using var second = await AdmittedAsync(EnterAsync());
        var third = EnterAsync();

        Assert.Equal((2, 1), (_queue.Active, _queue.Queued));
        Assert.False(third.IsCompleted);

        first.Dispose();
        (await AdmittedAsync(third)).Dispose();
        Assert.Equal((1, 0), (_queue.Active, _queue.Queued));
    }

    [Fact]
    public async Task Those_who_wait_come_in_as_they_came()
    {
        List<Lease> inside = [await AdmittedAsync(EnterAsync()), await AdmittedAsync(EnterAsync())];
        var waiting = Enumerable.Range(0, QueueLimit).Select(_ => EnterAsync()).ToList();

        for (var next = 0; next < waiting.Count; next++)
        {
            inside[next].Dispose();
            inside.Add(await AdmittedAsync(waiting[next]));
            Assert.Equal((2, waiting.Count - next - 1), (_queue.Active, _queue.Queued));
        }
    }

    [Fact]
    public async Task When_the_queue_is_full_the_next_one_is_refused_at_once()
    {
        await FillAsync(_queue, places: 2, waiting: QueueLimit);

        await RefusedAsync(AdmissionOutcome.Saturated, EnterAsync());
        Assert.Equal((2, QueueLimit), (_queue.Active, _queue.Queued));
    }

    [Fact]
    public async Task A_wait_that_gets_too_long_ends_and_the_place_in_the_queue_is_free()
    {
        await FillAsync(_queue, places: 2, waiting: 0);
        var waiting = EnterAsync();

        _time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.Equal(1, _queue.Queued);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        await RefusedAsync(AdmissionOutcome.Saturated, waiting);
        Assert.Equal((2, 0), (_queue.Active, _queue.Queued));
    }

    [Fact]
    public async Task While_no_replica_serves_one_waits_for_a_restart_and_no_longer()
    {
        _table.Publish(SomeReplica.SetOf(0));
        var waiting = EnterAsync();

        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(1, _queue.Queued);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        await RefusedAsync(AdmissionOutcome.NoReplica, waiting);
        Assert.Equal((0, 0), (_queue.Active, _queue.Queued));
    }

    [Fact]
    public async Task A_replica_that_comes_back_lets_in_those_who_waited_for_it()
    {
        _table.Publish(SomeReplica.SetOf(0));
        var waiting = EnterAsync();
        _time.Advance(TimeSpan.FromSeconds(4));

        _table.Publish(SomeReplica.SetOf(1));

        (await AdmittedAsync(waiting)).Dispose();
    }

    [Fact]
    public async Task Where_no_replica_is_even_known_nobody_waits()
    {
        _table.Publish(ReplicaSet.Empty);

        await RefusedAsync(AdmissionOutcome.NoReplica, EnterAsync());
    }

    [Fact]
    public async Task A_full_queue_before_no_replica_is_told_as_no_replica()
    {
        _table.Publish(SomeReplica.SetOf(0));
        await FillAsync(_queue, places: 0, waiting: QueueLimit);

        await RefusedAsync(AdmissionOutcome.NoReplica, EnterAsync());
    }

    [Fact]
    public async Task New_capacity_lets_in_as_many_of_those_who_wait_as_there_are_places_and_no_more()
    {
        await FillAsync(_queue, places: 2, waiting: 0);
        var waiting = Enumerable.Range(0, 3).Select(_ => EnterAsync()).ToList();

        _table.Publish(SomeReplica.SetOf(4));

        await AdmittedAsync(waiting[0]);
        await AdmittedAsync(waiting[1]);
        Assert.Equal((4, 1), (_queue.Active, _queue.Queued));
        Assert.False(waiting[2].IsCompleted);
    }

    [Fact]
    public async Task When_capacity_is_lost_places_are_given_again_only_below_what_is_left()
    {
        var first = await AdmittedAsync(EnterAsync());
        var second = await AdmittedAsync(EnterAsync());
        _table.Publish(SomeReplica.SetOf(1));
        var waiting = EnterAsync();

        first.Dispose();
        Assert.Equal((1, 1), (_queue.Active, _queue.Queued));

        second.Dispose();
        (await AdmittedAsync(waiting)).Dispose();
    }

    [Fact]
    public async Task Nobody_overtakes_those_who_wait()
    {
        await FillAsync(_queue, places: 2, waiting: 0);
        var first = EnterAsync();
        _table.Publish(SomeReplica.SetOf(3));

        // Whether the news has gone round by now or not, there is one place and it belongs to the first.
        var second = EnterAsync();

        await AdmittedAsync(first);
        Assert.False(second.IsCompleted);
        Assert.Equal((3, 1), (_queue.Active, _queue.Queued));
    }

    [Fact]
    public async Task A_client_that_leaves_frees_its_place_in_the_queue_and_keeps_no_place_inside()
    {
        var inside = await AdmittedAsync(EnterAsync());
        await AdmittedAsync(EnterAsync());
        using var impatient = new CancellationTokenSource();
        var leaving = AdmissionCalls.Enter(_queue, client: impatient.Token);
        var staying = EnterAsync();

        await impatient.CancelAsync();

        await RefusedAsync(AdmissionOutcome.ClientGone, leaving);
        Assert.Equal((2, 1), (_queue.Active, _queue.Queued));
        Assert.False(staying.IsCompleted);

        inside.Dispose();
        await AdmittedAsync(staying);
        Assert.Equal((2, 0), (_queue.Active, _queue.Queued));
    }

    [Fact]
    public async Task A_lease_disposed_of_twice_is_given_back_once()
    {
        var lease = await AdmittedAsync(EnterAsync());
        await AdmittedAsync(EnterAsync());

        lease.Dispose();
        lease.Dispose();

        Assert.Equal(1, _queue.Active);
    }

    [Fact]
    public async Task Retry_After_grows_with_the_queue_and_with_the_time_that_answers_take()
    {
        var first = await AdmittedAsync(EnterAsync());
        var empty = _queue.RetryAfterSeconds();
        await FillAsync(_queue, places: 1, waiting: QueueLimit);
        var full = _queue.RetryAfterSeconds();
        _time.Advance(TimeSpan.FromSeconds(28));
        first.Dispose(); // it took 28 s, and one who waits comes in
        var slow = _queue.RetryAfterSeconds();

        Assert.Equal((1, 4), (empty, full));
        Assert.InRange(slow, full + 1, 60);
    }

    [Fact]
    public Task Retry_After_is_a_second_at_least_and_five_minutes_at_most() =>
        Gen.Select(Gen.Int[0, 4], Gen.Double[0, 100_000].Array[0, 20], Gen.Int[0, 50]).SampleAsync(async (capacity, holds, waiting) =>
        {
            var (time, table) = (new ManualTimeProvider(), new ReplicaTable());
            table.Publish(SomeReplica.SetOf(1));
            var queue = Queue(table, time, queueLimit: 1000);
            foreach (var seconds in holds)
            {
                var (_, lease, _) = await EnterAsync(queue);
                time.Advance(TimeSpan.FromSeconds(seconds));
                lease!.Dispose();
            }
            _ = Enumerable.Range(0, waiting).Select(_ => EnterAsync(queue)).ToList();
            table.Publish(SomeReplica.SetOf(capacity));

            Assert.InRange(queue.RetryAfterSeconds(), 1, 300);
        }, iter: 100);

    [Fact]
    public Task In_any_order_of_coming_going_and_leaving_no_place_is_lost_or_given_twice() =>
        Gen.Select(Gen.Int[1, 4], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 1000]).Array[1, 60]).SampleAsync(async (capacity, steps) =>
        {
            var table = new ReplicaTable();
            table.Publish(SomeReplica.SetOf(capacity));
            var queue = Queue(table, new ManualTimeProvider(), queueLimit: 1000);
            var inside = new List<Lease>();
            var waiting = new List<(Task<AdmissionResult> Entry, CancellationTokenSource Client)>();
            foreach (var (step, choice) in steps)
            {
                switch (step)
                {
                    case 0:
                        var client = new CancellationTokenSource();
                        waiting.Add((AdmissionCalls.Enter(queue, client: client.Token), client));
                        break;
                    case 1 when inside.Count > 0:
                        inside[choice % inside.Count].Dispose();
                        inside.RemoveAt(choice % inside.Count);
                        break;
                    case 2 when waiting.Count > 0:
                        var (entry, leaver) = waiting[choice % waiting.Count];
                        waiting.RemoveAt(choice % waiting.Count);
                        await leaver.CancelAsync();
                        await RefusedAsync(AdmissionOutcome.ClientGone, entry);
                        break;
                }
                while (inside.Count < capacity && waiting.Count > 0)
                {
                    inside.Add(await AdmittedAsync(waiting[0].Entry)); // the first of those who wait, and at once
                    waiting.RemoveAt(0);
                }
                Assert.Equal((inside.Count, waiting.Count), (queue.Active, queue.Queued));
                Assert.DoesNotContain(waiting, w => w.Entry.IsCompleted);
            }
        }, iter: 100);

    private Task<AdmissionResult> EnterAsync() => EnterAsync(_queue);

    private static Task<AdmissionResult> EnterAsync(AdmissionQueue queue) => AdmissionCalls.Enter(queue);

    private static Task<Lease> AdmittedAsync(Task<AdmissionResult> entry) => AdmissionCalls.AdmittedAsync(entry);

    private static Task<int> RefusedAsync(AdmissionOutcome reason, Task<AdmissionResult> entry) =>
        AdmissionCalls.RefusedAsync(reason, entry);

    private static AdmissionQueue Queue(ReplicaTable table, TimeProvider time, int queueLimit = QueueLimit) =>
        new(table, Options.Create(new AdmissionOptions { QueueLimit = queueLimit, QueueSeconds = 30, NoReplicaSeconds = 5 }), time);

    private static async Task FillAsync(AdmissionQueue queue, int places, int waiting)
    {
        for (var i = 0; i < places; i++)
            await AdmittedAsync(EnterAsync(queue));
        for (var i = 0; i < waiting; i++)
            Assert.False(EnterAsync(queue).IsCompleted);
    }
}
