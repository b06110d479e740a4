using System.Net.Sockets;
using System.Text.Json;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Health;

/// <summary>Reads the status streams of shims.</summary>
internal sealed class StatusListener(ShimClient shims, HealthOptions options, TimeProvider time)
{
    /// <summary>
    /// A stream that is silent for this long is closed and opened anew: after a network failure nothing ever comes on the old
    /// connection, while a process that was only stopped goes on with it.
    /// </summary>
    private static readonly TimeSpan DeadConnection = TimeSpan.FromSeconds(5);

    /// <summary>Reads one shim's status stream, and opens it again when it ends, until cancelled.</summary>
    /// <param name="address">The shim's address.</param>
    /// <param name="heard">Called with each status.</param>
    /// <param name="lost">Called when the stream can't be opened, or ended.</param>
    /// <param name="cancellation">Ends the listening.</param>
    public async Task ListenAsync(Uri address, Action<ShimStatus> heard, Action<EjectionCause, string> lost, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var (cause, why) = await OnceAsync(address, heard, cancellation);
                lost(cause, why);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or TimeoutException)
            {
                if (!cancellation.IsCancellationRequested)
                    lost(Cause(fault), Words(fault));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(options.LookMilliseconds), time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(EjectionCause, string)> OnceAsync(Uri address, Action<ShimStatus> heard, CancellationToken cancellation)
    {
        using var limit = new RunningTimeout(DeadConnection, time);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            using var response = await shims.StatusAsync(address, silence.Token);
            if (!response.IsSuccessStatusCode)
                return (EjectionCause.ConnectionLost, $"status stream refused with {(int)response.StatusCode}");
            using var events = new SseReader(await response.Content.ReadAsStreamAsync(silence.Token), maxEventBytes: 64 << 10);
            while (await events.ReadAsync(silence.Token) == SseResult.Event)
            {
                limit.Restart();
                heard(JsonSerializer.Deserialize(events.Data, WireJson.Default.ShimStatus) ?? throw new JsonException("empty status"));
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (EjectionCause.Silent, "hung: connection stands, status stream silent");
        }
        return (EjectionCause.ConnectionLost, "status stream ended");
    }

    private static EjectionCause Cause(Exception fault) =>
        Inner<FleetProofException>(fault) is not null ? EjectionCause.Unproven
        : Inner<TimeoutException>(fault) is not null ? EjectionCause.Silent
        : EjectionCause.ConnectionLost;

    private static string Words(Exception fault) => Inner<SocketException>(fault) is { } socket
        ? socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "connection refused",
            SocketError.ConnectionReset => "connection reset",
            var other => $"connection failed: {other}",
        }
        : Inner<FleetProofException>(fault)?.Message ?? Inner<TimeoutException>(fault)?.Message ?? $"status stream broken: {fault.Message}";

    private static T? Inner<T>(Exception? fault) where T : Exception
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is T wanted)
                return wanted;
        }
        return null;
    }
}
