using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Replicas;

/// <summary>What a request may need and not every replica can do.</summary>
[Flags]
internal enum RequestNeeds
{
    /// <summary>Nothing that every replica could not do.</summary>
    None = 0,

    /// <summary>Pictures are sent.</summary>
    Pictures = 1,

    /// <summary>Tools may be called.</summary>
    Tools = 2,

    /// <summary>The answer is held to a grammar or JSON schema.</summary>
    Grammar = 4,

    /// <summary>An answer that began elsewhere goes on.</summary>
    Continuation = 8,
}

/// <summary>Reads what replicas say they can't do.</summary>
internal static class ReplicaLacks
{
    /// <summary>The most entries of a status that are looked at.</summary>
    public const int MostEntries = 16;

    /// <summary>What a status says is lacking; names that this gateway does not know are passed over.</summary>
    public static RequestNeeds Of(ShimStatus status)
    {
        var lacks = RequestNeeds.None;
        foreach (var entry in (status.Capabilities ?? []).Take(MostEntries))
            lacks |= entry is { State: Capabilities.Lacking } ? Of(entry.Name) : RequestNeeds.None;
        return lacks;
    }

    /// <summary>The need of a name in <see cref="Capabilities"/>.</summary>
    public static RequestNeeds Of(string? name) => name switch
    {
        Capabilities.Pictures => RequestNeeds.Pictures,
        Capabilities.Tools => RequestNeeds.Tools,
        Capabilities.Grammar => RequestNeeds.Grammar,
        Capabilities.Continuation => RequestNeeds.Continuation,
        _ => RequestNeeds.None,
    };
}
