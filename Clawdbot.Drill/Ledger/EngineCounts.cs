using System.Collections.Concurrent;
using System.Text.Json;
using Clawdbot.Drill.Contenders;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Ledger;

/// <summary>Reads the status stream of every replica directly, not through the disturbed paths, and keeps its last token counts.</summary>
internal sealed class EngineCounts : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, InstanceCount> _last = new();
    private readonly ConcurrentDictionary<string, string> _newest = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpMessageInvoker _http;
    private readonly string _secret;
    private readonly Task _listening;

    /// <param name="contender">The contender whose replicas are read.</param>
    /// <param name="time">The clock.</param>
    public EngineCounts(Contender contender, TimeProvider time)
    {
        _secret = contender.ApiKey ?? "";
        _http = new HttpMessageInvoker(FleetHandler.Create(() => _secret, TimeSpan.FromSeconds(1), isTraced: false, time));
        _listening = Task.WhenAll(contender.Replicas.Select(r => ListenAsync(r, time)));
    }

    /// <summary>The last count of each life of each replica.</summary>
    public IReadOnlyList<InstanceCount> Last => [.. _last.Values.Select(c => c with { Lives = _newest[c.Replica] == c.Instance })];

    /// <summary>Waits until no generation runs on the live replicas, at most for <paramref name="limit"/>.</summary>
    public async Task SettledAsync(TimeSpan limit, TimeProvider time)
    {
        for (var start = time.GetTimestamp(); time.GetElapsedTime(start) < limit && Last.Any(c => c is { Lives: true, InFlight: > 0 });)
            await Task.Delay(Look, time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task ListenAsync(SupervisedProcess replica, TimeProvider time)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await OnceAsync(replica);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or TimeoutException
                or OperationCanceledException)
            {
                // The replica is down or unreachable just now; the next try follows.
            }
            await Task.Delay(Look, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task OnceAsync(SupervisedProcess replica)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(replica.Address, FleetRoutes.Status));
        request.Headers.TryAddWithoutValidation(FleetHeaders.Secret, _secret);
        using var response = await _http.SendAsync(request, _stop.Token);
        using var events = new SseReader(await response.Content.ReadAsStreamAsync(_stop.Token));
        while (await events.ReadAsync(_stop.Token) == SseResult.Event)
        {
            if (JsonSerializer.Deserialize(events.Data, WireJson.Default.ShimStatus) is not { } status)
                continue;
            _newest[replica.Name] = status.Instance;
            _last[status.Instance] = new InstanceCount(status.Instance, replica.Name, status.TokensGenerated, status.InFlight, Lives: true);
        }
    }
}
