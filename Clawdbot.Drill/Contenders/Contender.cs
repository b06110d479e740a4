using System.Globalization;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Contenders;

/// <summary>A deployment that serves OpenAI's API and is put under load and faults.</summary>
internal sealed class Contender : IAsyncDisposable
{
    /// <summary>Its name in reports, such as <c>Clawdbot</c> or <c>plain YARP</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it consists of, in one line.</summary>
    public required string Description { get; init; }

    /// <summary>The address that clients send requests to.</summary>
    public required Uri Address { get; init; }

    /// <summary>The API key that clients send; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>API keys of the other tenants' clients, by tenant; empty where tenants are not told apart.</summary>
    public IReadOnlyDictionary<string, string> TenantKeys { get; init; } = new Dictionary<string, string>();

    /// <summary>Replicas that faults can hit; empty for a target that somebody else runs.</summary>
    public IReadOnlyList<SupervisedProcess> Replicas { get; init; } = [];

    /// <summary>Gateways that faults can hit, and whose metrics count failovers.</summary>
    public IReadOnlyList<SupervisedProcess> Gateways { get; init; } = [];

    /// <summary>The proxies before the replicas, in the replicas' order; empty where no fault needs them.</summary>
    public IReadOnlyList<FaultProxy> Paths { get; init; } = [];

    /// <summary>The network cables of the replicas, in the replicas' order; empty where none is to be pulled.</summary>
    public IReadOnlyList<NetworkCut> Cables { get; init; } = [];

    /// <summary>The folder of its gateways' ledgers; null when they keep none.</summary>
    public DirectoryInfo? Ledgers { get; init; }

    /// <summary>What was started for it, in the order in which it is stopped.</summary>
    public IReadOnlyList<IAsyncDisposable> Parts { get; init; } = [];

    /// <summary>Creates a client of it.</summary>
    /// <param name="tenant">The tenant that asks; empty for the one of <see cref="ApiKey"/>.</param>
    /// <param name="deadlineSeconds">The deadline in seconds that the client sends with each request; null for none.</param>
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
