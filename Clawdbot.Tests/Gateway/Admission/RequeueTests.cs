using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Requests that had a place, and whose replicas turned out to be full.</summary>
public sealed class RequeueTests
{
    private static readonly AdmissionRequest Request = new("tenant", 1, Priority.Normal, null);

    private readonly ManualTimeProvider _time = new();
    private readonly Replica _replica = SomeReplica.Healthy(capacity: 2, load: 2);
    private readonly AdmissionQueue _queue;

    public RequeueTests()
    {
        var table = new ReplicaTable();
        table.Publish(new ReplicaSet([_replica]));
        _queue = new AdmissionQueue(table, Options.Create(new AdmissionOptions { ReservePercent = 0 }), _time);
    }

    [Fact]
    public async Task It_waits_for_room_that_the_replicas_report_and_goes_before_those_who_came_later()
    {
        var first = await EnterAsync();
        var requeued = _queue.RequeueAsync(first.Lease!, Requeued(), CancellationToken.None);
        var later = EnterAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(requeued.IsCompleted || later.IsCompleted); // there are places, and no room
        Assert.Equal((0, 2), (_queue.Active, _queue.Queued));

        Report(load: 1);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(AdmissionOutcome.Admitted,
            (await requeued.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Outcome);

        // For a while places are given only for room that is reported, and then they are what they were.
        Assert.False(later.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AdmissionOutcome.Admitted,
            (await later.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Outcome);
        Assert.Equal((2, 0), (_queue.Active, _queue.Queued));
    }

    [Fact]
    public async Task It_waits_no_longer_than_it_may_and_its_place_is_free()
    {
        var first = await EnterAsync();
        var requeued = _queue.RequeueAsync(first.Lease!, Requeued(), CancellationToken.None);
        first.Lease!.Dispose(); // was returned already
        Assert.Equal(0, _queue.Active);
        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.False(requeued.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(AdmissionOutcome.Saturated, (await requeued).Outcome);
        Assert.Equal((0, 0), (_queue.Active, _queue.Queued));
    }

    [Fact]
    public async Task A_client_that_leaves_frees_its_place_in_the_queue()
    {
        using var client = new CancellationTokenSource();
        var requeued = _queue.RequeueAsync((await EnterAsync()).Lease!, Requeued(), client.Token);
        await client.CancelAsync();

        Assert.Equal(AdmissionOutcome.ClientGone, (await requeued).Outcome);
        Assert.Equal((0, 0), (_queue.Active, _queue.Queued));
    }

    [Fact]
    public async Task Those_that_were_turned_away_keep_their_order_and_one_that_was_not_asked_goes_last()
    {
        var (first, second, third) = (await EnterAsync(), await EnterAsync(), EnterAsync());
        var requeued = _queue.RequeueAsync(first.Lease!, Requeued(), CancellationToken.None);
        var after = _queue.RequeueAsync(second.Lease!, Requeued(), CancellationToken.None);
        Report(load: 1);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        var lease = (await requeued.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Lease!;
        Assert.False(after.IsCompleted || third.IsCompleted);

        var last = _queue.RequeueAsync(lease, Requeued(wasAsked: false), CancellationToken.None);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(AdmissionOutcome.Admitted,
            (await after.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Outcome);
        Assert.False(last.IsCompleted || third.IsCompleted);
        Report(load: 0);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(AdmissionOutcome.Admitted,
            (await third.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Outcome);
    }

    private static RequeueRequest Requeued(bool wasAsked = true) => new(Request, TimeSpan.FromSeconds(15), wasAsked);

    private Task<AdmissionResult> EnterAsync() => _queue.EnterAsync(Request, CancellationToken.None).AsTask();

    private void Report(int load) => _replica.Live.Status = SomeReplica.Status(ShimVerdict.Ready, capacity: 2, load: load);
}
