using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// One request, from the reading of its body to its line in the ledger: what was asked, what was admitted, and how it was answered.
/// </summary>
internal sealed class RequestContext
{
    /// <summary>What is asked for.</summary>
    public required GenerationRequest Request { get; init; }

    /// <summary>What its headers ask for.</summary>
    public required RequestOptions Options { get; init; }

    /// <summary>Name of the API by which it came, such as <c>chat</c>.</summary>
    public required string Api { get; init; }

    /// <summary>When its headers had arrived, as a timestamp.</summary>
    public required long ArrivedAt { get; init; }

    /// <summary>When all of it had arrived, as a timestamp.</summary>
    public required long BodyReadAt { get; init; }

    /// <summary>Its place in the fleet; null while it has none.</summary>
    public Lease? Lease { get; set; }

    /// <summary>Counts what the request uses of its tenant's quota; null where its tenant has no limits.</summary>
    public QuotaUse? Quota { get; set; }

    /// <summary>What is known of its answer.</summary>
    public required ResponseState Response { get; init; }

    /// <summary>Its attempts and failovers.</summary>
    public required AttemptHistory History { get; init; }

    /// <summary>Time from the whole request to its place; null where it has none, or the client did not ask for details.</summary>
    public TimeSpan? Queued { get; set; }

    /// <summary>Time from the whole request to its first token; null as long as none came.</summary>
    public TimeSpan? FirstToken { get; set; }

    /// <summary>How it ended; null while it runs.</summary>
    public RequestEnd? End { get; set; }

    /// <summary>The ledger's value of <c>idempotent</c>; null for a request without an <c>Idempotency-Key</c>.</summary>
    public string? Idempotent { get; set; }

    /// <summary>How long the request may take from now on.</summary>
    /// <param name="mostSeconds">The longest time that any request may take from its admission.</param>
    /// <param name="time">The clock.</param>
    public TimeSpan TimeLeft(int mostSeconds, TimeProvider time)
    {
        var most = TimeSpan.FromSeconds(mostSeconds);
        return ClientTimeLeft(time) is { } left && left < most ? left : most;
    }

    /// <summary>What admission needs to know of the request.</summary>
    public AdmissionRequest ForAdmission(TimeProvider time) =>
        new(Options.Caller.Tenant, Options.Caller.Allowance.Share, Options.Priority, ClientTimeLeft(time));

    /// <summary>What is left of the time that the client allows; null where it does not say.</summary>
    private TimeSpan? ClientTimeLeft(TimeProvider time) => Options.Within is not { } within ? null
        : within - time.GetElapsedTime(ArrivedAt) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
}
