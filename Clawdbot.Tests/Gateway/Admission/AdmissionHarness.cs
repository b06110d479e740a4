using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Admission in virtual time, and whom of those who came it let in.</summary>
internal sealed class AdmissionHarness
{
    private readonly ReplicaTable _table = new();

    public AdmissionHarness(int places, AdmissionOptions? options = null)
    {
        _table.Publish(SomeReplica.SetOf(places));
        Queue = new AdmissionQueue(_table, Options.Create(options ?? new AdmissionOptions { QueueLimit = 1000, QueueSeconds = 3600 }),
            Time);
    }

    public ManualTimeProvider Time { get; } = new();

    public AdmissionQueue Queue { get; }

    /// <summary>Those inside, by tenant and class, oldest first.</summary>
    public List<(string Who, Lease Lease)> Inside { get; } = [];

    /// <summary>Those who wait.</summary>
    public List<(string Who, Task<AdmissionResult> Entry)> Waiting { get; } = [];

    /// <summary>Places inside, by who holds them.</summary>
    public int Held(string who) => Inside.Count(i => i.Who == who);

    /// <summary>So many come.</summary>
    public async Task ComeAsync(string who, int count = 1, Priority priority = Priority.Normal, int share = 1)
    {
        for (var i = 0; i < count; i++)
        {
            Waiting.Add((who, AdmissionCalls.Enter(Queue, who, priority, share)));
            await SettleAsync();
        }
    }

    /// <summary>One goes, and whoever is next comes in.</summary>
    /// <returns>Who came in; null when nobody did.</returns>
    public async Task<string?> GoAsync(string? who = null)
    {
        var going = who is null ? 0 : Inside.FindIndex(i => i.Who == who);
        Inside[going].Lease.Dispose();
        Inside.RemoveAt(going);
        var before = Inside.Count;
        await SettleAsync();
        return Inside.Count > before ? Inside[^1].Who : null;
    }

    /// <summary>Answers of a length are seen, one after the other: from now on the drain rate is known.</summary>
    public async Task LearnAsync(double seconds, int count = 20)
    {
        for (var i = 0; i < count; i++)
        {
            using var lease = await AdmissionCalls.AdmittedAsync(AdmissionCalls.Enter(Queue, "teacher"));
            Time.Advance(TimeSpan.FromSeconds(seconds));
        }
    }

    /// <summary>Until everybody who was let in has come in.</summary>
    private async Task SettleAsync()
    {
        while (Inside.Count < Queue.Active || Waiting.Count > Queue.Queued)
        {
            await Task.WhenAny(Waiting.Select(w => w.Entry)).WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
            foreach (var (who, entry) in Waiting.Where(w => w.Entry.IsCompleted).ToList())
            {
                Waiting.Remove((who, entry));
                if ((await entry).Lease is { } lease)
                    Inside.Add((who, lease));
                else
                    Refused.Add((who, (await entry).RetryAfterSeconds));
            }
        }
    }

    /// <summary>Those who were sent away, and when they were told to come again.</summary>
    public List<(string Who, int RetryAfter)> Refused { get; } = [];
}
