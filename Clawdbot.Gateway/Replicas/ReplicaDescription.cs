using System.Collections.Immutable;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Replicas;

/// <summary>What a replica's status says of the replica itself. Immutable.</summary>
internal sealed record ReplicaDescription
{
    /// <summary>Largest capacity that is believed, so that a replica that tells nonsense can't make sums of all overflow.</summary>
    private const int MostCapacity = 1 << 20;

    /// <summary>Largest number of gateways that is believed.</summary>
    private const int MostGateways = 64;

    /// <summary>Model id that it serves; empty before its engine told it.</summary>
    public required string Model { get; init; }

    /// <summary>All model ids that it answers to, <see cref="Model"/> first; none before its engine told it.</summary>
    public required ImmutableArray<string> Models { get; init; }

    /// <summary>See <see cref="ShimStatus.ServedModel"/>; null also where what it tells is longer than is believed.</summary>
    public required string? ServedModel { get; init; }

    /// <summary>See <see cref="ShimStatus.Identity"/>.</summary>
    public required string Identity { get; init; }

    /// <summary>How it can continue an answer that began on another replica.</summary>
    public required ContinuationKind Continuation { get; init; }

    /// <summary>Whether the same seed gives the same answer again.</summary>
    public required bool IsRepeatable { get; init; }

    /// <summary>Number of requests that it takes at once; at least 1.</summary>
    public required int Capacity { get; init; }

    /// <summary>Number of requests that this gateway may have there at once; see <see cref="ShimStatus.Places"/>.</summary>
    public required int Places { get; init; }

    /// <summary>See <see cref="ShimStatus.Share"/>; at most <see cref="Capacity"/>.</summary>
    public required int Share { get; init; }

    /// <summary>See <see cref="ShimStatus.Gateways"/>; 1 when this gateway is alone.</summary>
    public required int Gateways { get; init; }

    /// <summary>What it can't do, by its status.</summary>
    public required RequestNeeds Lacks { get; init; }

    /// <summary>Length of its context, prompt and answer together, in tokens; null where it does not say.</summary>
    public required int? ContextTokens { get; init; }

    /// <summary>The description in a status; null when there is no status yet.</summary>
    public static ReplicaDescription? Of(ShimStatus? status) => status is null ? null : new()
    {
        Model = status.Model,
        Models = status.Model.Length == 0 ? [] : [status.Model, .. status.AlsoModels ?? []],
        ServedModel = ServedModelOf(status),
        Identity = status.Identity,
        Continuation = status.Continuation,
        IsRepeatable = status.Repeatable,
        Capacity = CapacityOf(status),
        Places = Part(status.Places, status),
        Share = Part(status.Share, status),
        Gateways = GatewaysOf(status),
        Lacks = ReplicaLacks.Of(status),
        ContextTokens = status.ContextTokens,
    };

    /// <summary>Whether a status says the same.</summary>
    public bool Matches(ShimStatus status) => Model == status.Model && Identity == status.Identity && Continuation == status.Continuation
        && IsRepeatable == status.Repeatable && Capacity == CapacityOf(status)
        && Places == Part(status.Places, status) && Share == Part(status.Share, status) && Gateways == GatewaysOf(status)
        && Lacks == ReplicaLacks.Of(status) && ContextTokens == status.ContextTokens
        && ServedModel == ServedModelOf(status)
        && (Model.Length == 0 || Models.Skip(1).SequenceEqual(status.AlsoModels ?? []));

    private static string? ServedModelOf(ShimStatus status) =>
        status.ServedModel is { Length: > 0 and <= ShimStatus.LongestServedModel } told ? told : null;

    private static int CapacityOf(ShimStatus status) => Math.Clamp(status.Capacity, 1, MostCapacity);

    private static int GatewaysOf(ShimStatus status) => Math.Clamp(status.Gateways ?? 1, 1, MostGateways);

    private static int Part(int? told, ShimStatus status) => Math.Clamp(told ?? CapacityOf(status), 0, CapacityOf(status));
}
