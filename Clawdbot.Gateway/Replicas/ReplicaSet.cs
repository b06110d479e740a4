using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Clawdbot.Gateway.Replicas;

/// <summary>What the request path knows of the fleet at one moment: one immutable object that is replaced as a whole.</summary>
internal sealed class ReplicaSet
{
    private readonly FrozenDictionary<string, Replica> _byId;
    private readonly FrozenSet<string> _models;

    /// <summary>The set without any replica.</summary>
    public static readonly ReplicaSet Empty = new([]);

    /// <param name="replicas">The replicas, in any order.</param>
    /// <param name="doubt">See <see cref="Doubt"/>.</param>
    public ReplicaSet(IEnumerable<Replica> replicas, string? doubt = null)
    {
        Doubt = doubt;
        All = [.. replicas.OrderBy(r => r.Id, StringComparer.Ordinal)];
        Routable = [.. All.Where(r => r.IsRoutable)];
        Seeds = [.. Routable.Select(r => (uint)Fingerprint.Of(r.Id))];
        Capacity = Routable.Sum(r => r.Capacity);
        // A demand is for all models together, so places are divided only where any replica serves any request.
        IsDivided = Routable.Select(r => r.Model).Distinct().Count() <= 1;
        Places = IsDivided ? Routable.Sum(r => r.Places) : Capacity;
        Share = IsDivided ? Routable.Sum(r => r.Share) : Capacity;
        IsEven = Routable.All(r => r.Weight >= 1);
        _byId = All.ToFrozenDictionary(r => r.Id, StringComparer.Ordinal);
        Models = [.. All.SelectMany(r => r.Models).Distinct()];
        _models = Models.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Every replica, ordered by id.</summary>
    public ImmutableArray<Replica> All { get; }

    /// <summary>The replicas that new attempts may be sent to.</summary>
    public ImmutableArray<Replica> Routable { get; }

    /// <summary>Whether all of <see cref="Routable"/> have full weight.</summary>
    public bool IsEven { get; }

    /// <summary>
    /// A number for each of <see cref="Routable"/>, made of its id alone: the same in every gateway, whatever other replicas there are.
    /// </summary>
    public ImmutableArray<uint> Seeds { get; }

    /// <summary>Number of requests that all of <see cref="Routable"/> together take at once.</summary>
    public int Capacity { get; }

    /// <summary>Number of requests that this gateway may have at once on all of <see cref="Routable"/> together, now.</summary>
    public int Places { get; }

    /// <summary>This gateway's share of <see cref="Capacity"/>: what <see cref="Places"/> grows to when it wants everything.</summary>
    public int Share { get; }

    /// <summary>Whether places are divided among gateways replica by replica: where any replica serves any request.</summary>
    public bool IsDivided { get; }

    /// <summary>Why the gateway doubts its own observations, so that soft evidence ejects no replica; null when it does not.</summary>
    public string? Doubt { get; }

    /// <summary>Every model that a replica answers to, in the order of the replicas.</summary>
    public ImmutableArray<string> Models { get; }

    /// <summary>Whether any replica answers to this model.</summary>
    public bool Serves(string model) => _models.Contains(model);

    /// <summary>The replica of that id, or null.</summary>
    public Replica? Find(string id) => _byId.GetValueOrDefault(id);
}
