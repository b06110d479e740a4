using System.Numerics;
using System.Runtime.InteropServices;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Routing;

/// <summary>
/// Rendezvous hashing with bounded load: each replica gets a number made of its id and the key, and the highest number wins among the
/// replicas that will do and are not much more loaded than the average. When a replica comes or goes, only the keys move that it wins.
/// </summary>
/// <remarks>
/// A thousand numbers are made in a fraction of a microsecond, and only replicas whose number beats the best so far are looked at closely.
/// </remarks>
internal ref struct Rendezvous
{
    /// <summary>About how many replicas are sampled for the average load.</summary>
    private const int Looks = 12;

    /// <summary>Share of its capacity up to which a replica is never too loaded, however idle the others are.</summary>
    private const double Idle = 0.375;

    private readonly ReadOnlySpan<Replica> _replicas;
    private readonly ReadOnlySpan<uint> _seeds;
    private readonly Requirement _requirement;
    private readonly IReadOnlyCollection<ReplicaLive> _avoid;
    private readonly double _bound;
    private readonly bool _isDivided;
    private Replica? _best;
    private uint _most;
    private uint _mostLoaded;

    public Rendezvous(ReplicaSet set, in Requirement requirement, IReadOnlyCollection<ReplicaLive> avoid, double times)
    {
        _replicas = set.Routable.AsSpan();
        _seeds = set.Seeds.AsSpan();
        _requirement = requirement;
        _avoid = avoid;
        _isDivided = set.IsDivided;
        _bound = Math.Max(times * AverageLoad(), Idle);
    }

    /// <summary>Picks the winner; null when all that would do are too loaded.</summary>
    /// <param name="key">What the request shares with others.</param>
    /// <param name="isHome">Whether no replica with a higher number was passed over for its load.</param>
    public Replica? Pick(ulong key, out bool isHome)
    {
        var mixed = (uint)(key ^ (key >> 32));
        var vectors = MemoryMarshal.Cast<uint, Vector<uint>>(_seeds);
        var (key8, numbers) = (new Vector<uint>(mixed), default(Vector<uint>));
        for (var v = 0; v < vectors.Length; v++)
        {
            numbers = Numbers(vectors[v] ^ key8);
            if (!Vector.GreaterThanAny(numbers, new Vector<uint>(_most)))
                continue;
            for (var i = 0; i < Vector<uint>.Count; i++)
                Look(v * Vector<uint>.Count + i, numbers[i]);
        }
        for (var i = vectors.Length * Vector<uint>.Count; i < _seeds.Length; i++)
            Look(i, Numbers(new Vector<uint>(_seeds[i] ^ mixed))[0]);
        isHome = _best is not null && _most > _mostLoaded;
        return _best;
    }

    private void Look(int index, uint number)
    {
        if (number <= _most)
            return;
        var replica = _replicas[index];
        if (!_requirement.Admits(replica) || _avoid.Contains(replica.Live))
            return;
        if (LeastLoadedPicker.IsFull(replica) || LeastLoadedPicker.IsBeyondPlaces(replica, _isDivided)
            || LeastLoadedPicker.Share(replica) > _bound)
            _mostLoaded = Math.Max(_mostLoaded, number);
        else
            (_best, _most) = (replica, number);
    }

    private readonly double AverageLoad()
    {
        var step = Math.Max(1, _replicas.Length / Looks);
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < _replicas.Length; i += step)
        {
            if (!_requirement.Admits(_replicas[i]))
                continue;
            sum += LeastLoadedPicker.Share(_replicas[i]);
            count++;
        }
        return count == 0 ? 0 : sum / count;
    }

    /// <summary>Mixes the bits, so that each bit of the input changes half of those of the result on average.</summary>
    private static Vector<uint> Numbers(Vector<uint> value)
    {
        value ^= value >>> 16;
        value *= new Vector<uint>(0x7FEB_352D);
        value ^= value >>> 15;
        value *= new Vector<uint>(0x846C_A68B);
        return value ^ (value >>> 16);
    }
}
