using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>Has requests that kill replicas refused for a while, here and by every gateway of the fleet.</summary>
internal sealed partial class PoisonQuarantine(
    Quarantine quarantine, GatewayMetrics metrics, IOptions<FailoverOptions> options, ILogger<PoisonQuarantine> log)
{
    /// <summary>Whether the request is refused at the moment.</summary>
    public bool IsRefused(GenerationRequest request) => quarantine.Until(request.Body) is not null;

    /// <summary>Counts a refusal of the request, and returns until when it is refused.</summary>
    public DateTimeOffset? Refuse(GenerationRequest request)
    {
        metrics.PoisonRefused();
        return quarantine.Until(request.Body);
    }

    /// <summary>Has a request that is proven to kill replicas refused everywhere from now on; returns until when.</summary>
    public DateTimeOffset Convict(RequestContext context)
    {
        var until = quarantine.Add(context.Request.Body, TimeSpan.FromSeconds(options.Value.QuarantineSeconds));
        metrics.PoisonFound();
        metrics.PoisonRefused();
        Convicted(log, context.Response.Id, Quarantine.Hash(context.Request.Body.Span), until);
        return until;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Request} was alone, and without a token, on replicas that died or hung, "
        + "too often for chance: its content {Hash} is refused until {Until:O}")]
    private static partial void Convicted(ILogger logger, string request, string hash, DateTimeOffset until);
}
