using System.Globalization;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Contenders;

/// <summary>Something that serves OpenAI's API and is drilled.</summary>
internal sealed class Contender : IAsyncDisposable
{
    /// <summary>Such as <c>Clawdbot</c> or <c>plain YARP</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it consists of, in a line.</summary>
    public required string Description { get; init; }

    /// <summary>Where clients ask.</summary>
    public required Uri Address { get; init; }

    /// <summary>What clients bring; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>What clients of other tenants bring, by tenant; empty where tenants are not told apart.</summary>
    public IReadOnlyDictionary<string, string> TenantKeys { get; init; } = new Dictionary<string, string>();

    /// <summary>Replicas that faults can hit; empty for a target that somebody else runs.</summary>
    public IReadOnlyList<SupervisedProcess> Replicas { get; init; } = [];

    /// <summary>Gateways that faults can hit, and that tell of their failovers.</summary>
    public IReadOnlyList<SupervisedProcess> Gateways { get; init; } = [];

    /// <summary>The paths to the replicas, in their order; empty where faults don't need them.</summary>
    public IReadOnlyList<FaultProxy> Paths { get; init; } = [];

    /// <summary>The cables to the replicas, in their order; empty where none is to be pulled.</summary>
    public IReadOnlyList<NetworkCut> Cables { get; init; } = [];

    /// <summary>Where its gateways keep their ledgers; null when they keep none.</summary>
    public DirectoryInfo? Ledgers { get; init; }

    /// <summary>What was started for it, in the order in which it is stopped.</summary>
    public IReadOnlyList<IAsyncDisposable> Parts { get; init; } = [];

    /// <summary>A client of it.</summary>
    /// <param name="tenant">Who asks; empty for whoever its API key stands for.</param>
    /// <param name="deadlineSeconds">The client's own deadline, which it tells; null for none.</param>
    public HttpClient CreateClient(string tenant = "", double? deadlineSeconds = null)
    {
        var http = Clients.Create(Address, TenantKeys.GetValueOrDefault(tenant) ?? ApiKey);
        if (deadlineSeconds is { } seconds)
            http.DefaultRequestHeaders.Add("X-Clawdbot-Deadline-Ms", ((int)(seconds * 1000)).ToString(CultureInfo.InvariantCulture));
        return http;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Parts)
            await part.DisposeAsync();
    }
}
