using System.Globalization;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// Finds out whether soft evidence speaks against a replica or against the observer: this gateway, its host or its network.
/// Called under the monitor's lock.
/// </summary>
internal sealed class LocalFaultDetector
{
    /// <summary>A timer later than this means that the process stood still, so that timeouts are not the replica's fault.</summary>
    public static readonly TimeSpan Standstill = TimeSpan.FromMilliseconds(500);

    /// <summary>How long after a standstill timeouts are still blamed on it.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    /// <summary>Strikes within this time count as simultaneous.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>How long a doubt is shown after it last came up.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    /// <summary>Share of the others' capacity up to which they may take over the load of a slow replica.</summary>
    private const double Full = 0.8;

    private MonotonicTime _clearAt = MonotonicTime.LongAgo;
    private MonotonicTime _forgottenAt = MonotonicTime.LongAgo;
    private string? _doubt;

    /// <summary>Why this gateway's own sight is doubted; null when it is not.</summary>
    public string? Doubt(MonotonicTime now) => now < _forgottenAt ? _doubt : null;

    /// <summary>Called when the process stood still until now.</summary>
    public void StoodStill(TimeSpan length, MonotonicTime now)
    {
        _clearAt = now + Aftermath;
        Feel(string.Create(CultureInfo.InvariantCulture, $"this gateway stood still for {length.TotalSeconds:0.0} s"), now);
    }

    /// <summary>Whether timeouts can't be trusted now, because of a standstill.</summary>
    public bool IsBlind(MonotonicTime now) => now < _clearAt;

    /// <summary>
    /// Why <paramref name="candidate"/> should not be ejected by soft evidence; null when it may be. Replicas that are out by hard evidence
    /// do not count as part of the fleet here, so that the last one that serves is not ejected by soft evidence.
    /// </summary>
    public string? Against(WatchedReplica candidate, IEnumerable<WatchedReplica> fleet, MonotonicTime now)
    {
        var members = fleet
            .Where(r => r == candidate || (r.IsAlike(candidate) && (r.Health.State.IsServing() || r.Health.Ejection.IsSoft())))
            .ToList();
        // A replica on trial still has its old ejection; as the candidate it counts only once.
        var sick = members.Count(r => r == candidate || r.Health.Ejection.IsSoft() || now - r.LastStrike <= Moment);
        if (2 * sick <= members.Count)
            return null;
        var doubt = $"most of the fleet looks sick ({sick} of {members.Count})";
        Feel(doubt, now);
        return doubt;
    }

    /// <summary>Why a slow replica should not be ejected; null when it may be. Kept while the others lack room for its load.</summary>
    public string? AgainstSlow(WatchedReplica candidate, IReadOnlyCollection<WatchedReplica> fleet, MonotonicTime now)
    {
        var others = fleet.Where(r => r != candidate && r.IsAlike(candidate) && r.Health.State.IsServing()).ToList();
        return others.Sum(r => r.Live.Load) + candidate.Live.Load > Full * others.Sum(r => r.Capacity)
            ? "the others have no room for its load"
            : Against(candidate, fleet, now);
    }

    private void Feel(string doubt, MonotonicTime now) => (_doubt, _forgottenAt) = (doubt, now + Remembered);
}
