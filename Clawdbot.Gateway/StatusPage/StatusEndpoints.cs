using System.Buffers;
using System.Security.Cryptography;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.StatusPage;

/// <summary>The endpoints of the status page: its data, once and as a stream, and the kill button.</summary>
internal sealed class StatusEndpoints(
    Authenticator auth, FleetReport report, ReplicaTable table, LocalReplicas local, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Header that carries <see cref="Token"/>.</summary>
    public const string TokenHeader = "X-Clawdbot-Token";

    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);

    /// <summary>Drawn at start and written into the page: another site's page can't read it, so it can't press the button.</summary>
    public string Token { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>GET /api/replicas.</summary>
    public async Task ReplicasAsync(HttpContext http)
    {
        if (await IsRefusedAsync(http))
            return;
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        report.Write(http.Response.BodyWriter);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    /// <summary>GET /api/events: the same as an event stream, at each change of the fleet and twice a second.</summary>
    public async Task EventsAsync(HttpContext http)
    {
        if (await IsRefusedAsync(http))
            return;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            while (true)
            {
                var changed = table.Changed;
                http.Response.BodyWriter.Write("event: snapshot\ndata: "u8);
                report.Write(http.Response.BodyWriter);
                http.Response.BodyWriter.Write("\n\n"u8);
                await http.Response.BodyWriter.FlushAsync(end.Token);
                await Task.Delay(Shortest, time, end.Token);
                await Task.WhenAny(changed, Task.Delay(Longest - Shortest, time, end.Token));
                end.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the gateway stops.
        }
    }

    /// <summary>POST /api/replicas/{id}/kill: SIGKILL to a local replica, as a crash would be.</summary>
    public Task KillAsync(HttpContext http, string id)
    {
        var (caller, refusal) = auth.Identify(http);
        var error = refusal != Refusal.None ? EdgeErrors.Of(refusal)
            : !caller!.IsAdmin ? new ApiError(403, "admin_key_required", "Killing a replica needs a key with Admin=true.")
            : !FleetProof.Same(Token, http.Request.Headers[TokenHeader]) ? new ApiError(403, "page_token_required",
                $"Send the page's token in {TokenHeader}; reload the page if the gateway was restarted.")
            : table.Current.Find(id) is null ? new ApiError(404, "replica_not_found", $"There is no replica '{id}'.")
            : !local.Kill(id) ? new ApiError(409, "replica_not_running", $"'{id}' is not a running local replica.")
            : null;
        if (error is not null)
            return error.WriteAsync(http);
        http.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    }

    private async Task<bool> IsRefusedAsync(HttpContext http)
    {
        var (_, refusal) = auth.Identify(http);
        if (refusal == Refusal.None)
            return false;
        await EdgeErrors.Of(refusal).WriteAsync(http);
        return true;
    }
}
