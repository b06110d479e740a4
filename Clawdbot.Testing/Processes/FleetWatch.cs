using System.Net.Http.Headers;
using System.Text.Json;

namespace Clawdbot.Testing.Processes;

/// <summary>One replica, as the gateway's <c>/api/replicas</c> shows it.</summary>
internal sealed record ReplicaView(
    string Id, string? Address, string State, string Reason, string? Identity, int? Pid, int InFlight, int Answering, int Capacity,
    long TokensGenerated, long Generations, long Continued, int Starts)
{
    /// <summary>Share of the load that it is given, 1 for a full one.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Share of prompt tokens that its engine found in its cache; null where it does not say.</summary>
    public double? CacheHitRate { get; init; }
}

/// <summary>The fleet, as the gateway's <c>/api/replicas</c> shows it.</summary>
internal sealed record FleetView(int Active, int Queued, int Capacity, long Served, long Failed, IReadOnlyList<ReplicaView> Replicas)
{
    public ReplicaView this[string id] => Replicas.Single(r => r.Id == id);

    public static FleetView Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        var gateway = document.RootElement.GetProperty("gateway");
        return new FleetView(
            gateway.GetProperty("active").GetInt32(), gateway.GetProperty("queued").GetInt32(), gateway.GetProperty("capacity").GetInt32(),
            gateway.GetProperty("served").GetInt64(), gateway.GetProperty("failed").GetInt64(),
            [.. document.RootElement.GetProperty("replicas").EnumerateArray().Select(Replica)]);
    }

    private static ReplicaView Replica(JsonElement r) => new(
        r.GetProperty("id").GetString()!, r.GetProperty("address").GetString(), r.GetProperty("state").GetString()!,
        r.GetProperty("reason").GetString()!, r.GetProperty("identity").GetString(),
        r.GetProperty("pid").ValueKind == JsonValueKind.Number ? r.GetProperty("pid").GetInt32() : null,
        r.GetProperty("in_flight").GetInt32(), r.GetProperty("answering").GetInt32(), r.GetProperty("capacity").GetInt32(),
        r.GetProperty("tokens_generated").GetInt64(), r.GetProperty("generations").GetInt64(),
        r.GetProperty("continued").GetInt64(), r.GetProperty("starts").GetInt32())
    {
        Weight = r.GetProperty("weight").GetDouble(),
        CacheHitRate = r.TryGetProperty("cache_hit_rate", out var hits) ? hits.GetDouble() : null,
    };
}

/// <summary>Reads the state of the fleet from a gateway, and waits for a wanted state.</summary>
internal sealed class FleetWatch(Uri gateway) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(40);
    private readonly HttpClient _http = new() { BaseAddress = gateway, Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Sends this API key from now on.</summary>
    public void With(string key) => _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

    public async Task<FleetView> NowAsync() => FleetView.Parse(await _http.GetByteArrayAsync("/api/replicas"));

    /// <summary>Waits for the first view that satisfies <paramref name="condition"/>.</summary>
    /// <exception cref="TimeoutException">
    /// None did for minutes, which a machine that is only busy does not take; the message has the last view.
    /// </exception>
    public async Task<FleetView> UntilAsync(Func<FleetView, bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        while (true)
        {
            var view = await NowAsync();
            if (condition(view))
                return view;
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException("The fleet never came to be as expected. "
                    + $"Last seen: {view.Active} active, {view.Queued} queued; "
                    + string.Join(", ", view.Replicas.Select(r => $"{r.Id} {r.State} ({r.Reason}) {r.InFlight}")));
            }
            await Task.Delay(Look, TimeProvider.System);
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}
