using Clawdbot.Gateway.Admission;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Three times the load that there is room for, in virtual time.</summary>
public sealed class OverloadTests
{
    private const int Places = 8;
    private const double HoldSeconds = 0.6;
    private const double Capacity = Places / HoldSeconds;

    private readonly Door _door = new(Places, new AdmissionOptions { QueueLimit = 64 });
    private readonly Random _random = new(7);
    private readonly PriorityQueue<Lease, DateTimeOffset> _answers = new();
    private readonly List<(DateTimeOffset At, double Seconds)> _waits = [];
    private readonly List<(DateTimeOffset At, int RetryAfter)> _refusals = [];
    private readonly Dictionary<Task<Entrance>, DateTimeOffset> _cameAt = [];
    private int _answered;

    private DateTimeOffset Now => _door.Time.GetUtcNow();

    [Fact]
    public async Task Retry_After_is_right_within_twice_and_the_fleet_stays_busy()
    {
        await LoadAsync(0.5, TimeSpan.FromSeconds(10));
        Assert.Empty(_refusals);

        var before = _answered;
        await LoadAsync(3, TimeSpan.FromSeconds(60));
        Assert.InRange(_answered - before, 0.9 * Capacity * 60, 1.1 * Capacity * 60);
        Assert.InRange(_refusals.Count, 1000, 2000);
        Assert.Empty(_refusals.Where(r => !IsRight(r)).Take(3));

        await LoadAsync(0.2, TimeSpan.FromSeconds(10)); // what waits is worked off
        var after = _refusals.Count;
        await LoadAsync(0.9, TimeSpan.FromSeconds(10));
        Assert.Equal(after, _refusals.Count);
    }

    /// <summary>Held against the wait of whoever came next and was let wait. A second is the least that can be said.</summary>
    private bool IsRight((DateTimeOffset At, int RetryAfter) refusal)
    {
        var next = _waits.Where(w => w.At >= refusal.At).DefaultIfEmpty((refusal.At, -1)).MinBy(w => w.At).Seconds;
        return next < 0 || (refusal.RetryAfter <= 2 * Math.Max(1, next) && refusal.RetryAfter >= next / 2);
    }

    private async Task LoadAsync(double load, TimeSpan length)
    {
        var end = Now + length;
        for (var next = Now; ;)
        {
            next += TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) / (load * Capacity));
            while (_answers.TryPeek(out var done, out var at) && at <= (next < end ? next : end))
            {
                _answers.Dequeue();
                AdvanceTo(at);
                _answered++;
                done.Dispose();
                await SeeAsync();
            }
            AdvanceTo(next < end ? next : end);
            if (next >= end)
                return;
            _cameAt.Add(Entering.In(_door.Queue), Now);
            await SeeAsync();
        }
    }

    /// <summary>Until whatever has been decided has been said.</summary>
    private async Task SeeAsync()
    {
        do
        {
            foreach (var (entry, came) in _cameAt.Where(c => c.Key.IsCompleted).ToList())
            {
                _cameAt.Remove(entry);
                var (_, lease, retryAfter) = await entry;
                if (lease is null)
                {
                    _refusals.Add((came, retryAfter));
                    continue;
                }
                _waits.Add((came, (Now - came).TotalSeconds));
                _answers.Enqueue(lease, Now + TimeSpan.FromSeconds(HoldSeconds * (0.5 + _random.NextDouble())));
            }
        } while ((_answers.Count < _door.Queue.Active || _cameAt.Count > _door.Queue.Queued) && await Task.WhenAny(_cameAt.Keys) is not null);
    }

    private void AdvanceTo(DateTimeOffset at)
    {
        if (at > Now)
            _door.Time.Advance(at - Now);
    }
}
