using Clawdbot.Gateway.Admission;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>
/// Open-loop load on admission in virtual time: who comes by chance, perhaps with a deadline, and answers that take half to one and a half
/// of a time, or, one in so many, five times it.
/// </summary>
internal sealed class ArrivalSimulation(AdmissionHarness harness, double holdSeconds, Random random, double? withinSeconds = null,
    double longPart = 0)
{
    private readonly PriorityQueue<Lease, DateTimeOffset> _answers = new();
    private readonly Dictionary<Task<AdmissionResult>, (DateTimeOffset At, string Who)> _came = [];

    /// <summary>Those who were let in: when they came, and how long they waited.</summary>
    public List<(DateTimeOffset At, string Who, double Seconds)> Waits { get; } = [];

    /// <summary>Of those: whose answer came after the deadline, and by how much.</summary>
    public List<(DateTimeOffset At, double Seconds)> Late { get; } = [];

    /// <summary>Those who were not, and how long it took to tell them.</summary>
    public List<(DateTimeOffset At, string Who, int RetryAfter, double Waited)> Refusals { get; } = [];

    public int Answered { get; private set; }

    private DateTimeOffset Now => harness.Time.GetUtcNow();

    /// <summary>So many come per second, on average, for so long.</summary>
    public async Task LoadAsync(TimeSpan length, params (string Who, double Rate)[] tenants)
    {
        var (end, all) = (Now + length, tenants.Sum(t => t.Rate));
        for (var next = Now; ;)
        {
            next += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / all);
            while (_answers.TryPeek(out var done, out var at) && at <= (next < end ? next : end))
            {
                _answers.Dequeue();
                AdvanceTo(at);
                Answered++;
                done.Dispose();
                await SeeAsync();
            }
            AdvanceTo(next < end ? next : end);
            if (next >= end)
                return;
            var who = Drawn(tenants, random.NextDouble() * all);
            _came.Add(AdmissionCalls.Enter(harness.Queue, who, withinSeconds: withinSeconds), (Now, who));
            await SeeAsync();
        }
    }

    /// <summary>The wait that <paramref name="percent"/> of a tenant's requests don't exceed, since then.</summary>
    public double Percentile(string who, double percent, DateTimeOffset since)
    {
        var waits = Waits.Where(w => w.Who == who && w.At >= since).Select(w => w.Seconds).Order().ToList();
        return waits[(int)(waits.Count * percent / 100)];
    }

    /// <summary>Until whatever has been decided has been said.</summary>
    private async Task SeeAsync()
    {
        do
        {
            foreach (var (entry, (at, who)) in _came.Where(c => c.Key.IsCompleted).ToList())
            {
                _came.Remove(entry);
                var (_, lease, retryAfter) = await entry;
                if (lease is null)
                {
                    Refusals.Add((at, who, retryAfter, (Now - at).TotalSeconds));
                    continue;
                }
                Waits.Add((at, who, (Now - at).TotalSeconds));
                var share = longPart > 0 && random.NextDouble() < longPart ? 5 : 0.5 + random.NextDouble();
                var done = Now + TimeSpan.FromSeconds(holdSeconds * share);
                _answers.Enqueue(lease, done);
                if (withinSeconds is { } within && (done - at).TotalSeconds > within)
                    Late.Add((at, (done - at).TotalSeconds - within));
            }
        } while ((_answers.Count < harness.Queue.Active || _came.Count > harness.Queue.Queued)
            && await Task.WhenAny(_came.Keys) is not null);
    }

    private void AdvanceTo(DateTimeOffset at)
    {
        if (at > Now)
            harness.Time.Advance(at - Now);
    }

    private static string Drawn((string Who, double Rate)[] tenants, double at)
    {
        foreach (var (who, rate) in tenants)
        {
            if ((at -= rate) < 0)
                return who;
        }
        return tenants[^1].Who;
    }
}
