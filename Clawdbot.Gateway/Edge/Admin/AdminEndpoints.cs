using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Shims;

namespace Clawdbot.Gateway.Edge.Admin;

/// <summary>
/// <c>POST /admin/replicas/{id}/{drain|return|restart}</c>, on the internal listener only. The verb is sent to the
/// shim, which keeps it, and every gateway sees it in the shim's status.
/// </summary>
internal sealed class AdminEndpoints(Authenticator auth, ReplicaTable table, ShimClient shims, InternalListener listener)
{
    private static readonly string[] Verbs = ["drain", "return", "restart"];

    public async Task HandleAsync(HttpContext http, string id, string verb)
    {
        if (!listener.Took(http))
        {
            http.Response.StatusCode = 404; // the public listener has no such endpoint
            return;
        }
        var (caller, refusal) = auth.Identify(http);
        var error = refusal != Refusal.None ? EdgeErrors.Of(refusal)
            : !caller!.IsAdmin ? new ApiError(403, "admin_key_required", "Admin verbs need a key with Admin=true.")
            : table.Current.Find(id) is not { } replica
                ? new ApiError(404, "replica_not_found", $"There is no replica '{id}'. GET /api/replicas lists them.")
            : !Verbs.Contains(verb) ? new ApiError(404, "unknown_verb", $"'{verb}' is none of {string.Join(", ", Verbs)}.")
            : await SendAsync(replica, verb, http.RequestAborted) is { } problem ? new ApiError(502, "verb_not_delivered", problem)
            : null;
        if (error is not null)
            await error.WriteAsync(http);
        else
            http.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    /// <summary>Sends the verb to the shim; returns why that failed, or null.</summary>
    private async Task<string?> SendAsync(Replica replica, string verb, CancellationToken cancellation)
    {
        if (replica.Address is null)
            return $"{replica.Id} does not listen: {replica.Reason}.";
        var reply = await shims.CommandAsync(replica.Address, verb, cancellation);
        return reply.IsSuccess ? null
            : reply.Status is { } status ? $"{replica.Id} refused the verb with {status}; check Fleet:AdminSecret."
            : $"{replica.Id} could not be reached: {reply.Fault}";
    }
}
