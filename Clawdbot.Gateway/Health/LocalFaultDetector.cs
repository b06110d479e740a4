using System.Globalization;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// Asks of soft evidence whether it speaks against a replica or against the one who looks: this gateway, its host, its network.
/// Under the monitor's lock only.
/// </summary>
internal sealed class LocalFaultDetector
{
    /// <summary>A timer later than this says that the process stood still; what ran out of time then was not the replica's doing.</summary>
    public static readonly TimeSpan Standstill = TimeSpan.FromMilliseconds(500);

    /// <summary>What a standstill is held responsible for comes within this time after it.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    /// <summary>Strikes within this time came at the same moment.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>How long a doubt is shown after it was last felt.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    /// <summary>With more than this of the others' capacity in use, what a slow one carries would be one load too many.</summary>
    private const double Full = 0.8;

    private MonotonicTime _clearAt = MonotonicTime.LongAgo;
    private MonotonicTime _forgottenAt = MonotonicTime.LongAgo;
    private string? _doubt;

    /// <summary>Why this gateway's own sight is doubted; null when it is not.</summary>
    public string? Doubt(MonotonicTime now) => now < _forgottenAt ? _doubt : null;

    /// <summary>The process stood still until now.</summary>
    public void StoodStill(TimeSpan length, MonotonicTime now)
    {
        _clearAt = now + Aftermath;
        Feel(string.Create(CultureInfo.InvariantCulture, $"this gateway stood still for {length.TotalSeconds:0.0} s"), now);
    }

    /// <summary>Whether its clocks can't be trusted just now.</summary>
    public bool IsBlind(MonotonicTime now) => now < _clearAt;

    /// <summary>
    /// Why <paramref name="candidate"/> should not be ejected by soft evidence; null when it may be. Replicas that are known to be gone are
    /// no part of the fleet here: the last one that serves is not given up for being doubtful.
    /// </summary>
    public string? Against(WatchedReplica candidate, IEnumerable<WatchedReplica> fleet, MonotonicTime now)
    {
        var members = fleet
            .Where(r => r == candidate || (r.IsAlike(candidate) && (r.Health.State.IsServing() || r.Health.Ejection.IsSoft())))
            .ToList();
        // One on trial still carries its old ejection: it must not count as a sick one beside itself.
        var sick = members.Count(r => r == candidate || r.Health.Ejection.IsSoft() || now - r.LastStrike <= Moment);
        if (2 * sick <= members.Count)
            return null;
        var doubt = $"most of the fleet looks sick ({sick} of {members.Count})";
        Feel(doubt, now);
        return doubt;
    }

    /// <summary>Why a slow replica should not be ejected: it answers, and what it carries must be carried.</summary>
    public string? AgainstSlow(WatchedReplica candidate, IReadOnlyCollection<WatchedReplica> fleet, MonotonicTime now)
    {
        var others = fleet.Where(r => r != candidate && r.IsAlike(candidate) && r.Health.State.IsServing()).ToList();
        return others.Sum(r => r.Live.Load) + candidate.Live.Load > Full * others.Sum(r => r.Capacity)
            ? "the others have no room for its load"
            : Against(candidate, fleet, now);
    }

    private void Feel(string doubt, MonotonicTime now) => (_doubt, _forgottenAt) = (doubt, now + Remembered);
}
