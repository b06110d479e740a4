using System.Text.Json;

namespace Clawdbot.AppHost;

/// <summary>A replica as a gateway sees it.</summary>
/// <param name="State">Name of the state, such as <c>Healthy</c>.</param>
/// <param name="Answering">Requests that it answers.</param>
internal sealed record SeenReplica(string State, int Answering)
{
    /// <summary>Whether the gateway sends it requests.</summary>
    public bool IsServing => State is "Healthy" or "Suspect" or "Probation";

    /// <summary>Whether the gateway sends it nothing more, and waits for nothing.</summary>
    public bool IsIdle => Answering == 0 && !IsServing;
}

/// <summary>What a gateway sees.</summary>
/// <param name="Gateway">Its name.</param>
/// <param name="Replicas">Replicas by name; null where it does not say.</param>
internal sealed record GatewayView(string Gateway, IReadOnlyDictionary<string, SeenReplica>? Replicas)
{
    /// <summary>The replica; null where the gateway does not have it, or does not say.</summary>
    public SeenReplica? this[string replica] => Replicas?.GetValueOrDefault(replica);

    /// <summary>What it sees of the replica, in words.</summary>
    public string Describe(string replica) =>
        Replicas is null ? $"{Gateway} does not say"
        : this[replica] is not { } seen ? $"{Gateway} does not know it"
        : seen.Answering > 0 ? $"{Gateway} sees it {seen.State}, answering {seen.Answering}"
        : $"{Gateway} sees it {seen.State}";
}

/// <summary>Asks the gateways that run what they see (<c>GET /api/replicas</c>).</summary>
internal sealed class GatewayViews(IReadOnlyList<IResourceBuilder<ProjectResource>> gateways)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>
    /// One view for each gateway that runs. A gateway that was stopped has no requests, and sees the fleet anew once it is started.
    /// </summary>
    public async Task<IReadOnlyList<GatewayView>> LookAsync(ResourceNotificationService notifications, CancellationToken cancellation)
    {
        var running = gateways.Where(gateway => notifications.TryGetCurrentState(gateway.Resource.Name, out var current)
            && current.Snapshot.State?.Text == KnownResourceStates.Running);
        return await Task.WhenAll(running.Select(gateway => LookAsync(gateway, cancellation)));
    }

    private static async Task<GatewayView> LookAsync(IResourceBuilder<ProjectResource> gateway, CancellationToken cancellation)
    {
        try
        {
            await using var answer = await Http.GetStreamAsync(new Uri($"{gateway.GetEndpoint("http").Url}/api/replicas"), cancellation);
            using var json = await JsonDocument.ParseAsync(answer, cancellationToken: cancellation);
            return new(gateway.Resource.Name, json.RootElement.GetProperty("replicas").EnumerateArray().ToDictionary(
                replica => replica.GetProperty("id").GetString()!,
                // in_flight counts requests of all gateways, but only while the replica serves or drains; answering, this gateway's.
                replica => new SeenReplica(
                    replica.GetProperty("state").GetString()!,
                    Math.Max(replica.GetProperty("in_flight").GetInt32(), replica.GetProperty("answering").GetInt32()))));
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or TaskCanceledException
            && !cancellation.IsCancellationRequested)
        {
            return new(gateway.Resource.Name, null);
        }
    }
}
