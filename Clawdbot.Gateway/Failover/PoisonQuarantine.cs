using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>Requests that kill whatever takes them are refused for a while, here and by every gateway of the fleet.</summary>
internal sealed partial class PoisonQuarantine(Quarantine quarantine, GatewayMetrics metrics, IOptions<FailoverOptions> options, ILogger<PoisonQuarantine> log)
{
    /// <summary>How a request ends that is refused; null when it is not.</summary>
    public RequestEnd? Refused(GenerationRequest request) => quarantine.Until(request.Body) is { } until ? Ended(until, null) : null;

    /// <summary>It was proven: from now on it is refused everywhere.</summary>
    public RequestEnd Convict(GenerationRequest request, ResponseState response, AttemptResult last)
    {
        var until = quarantine.Add(request.Body, TimeSpan.FromSeconds(options.Value.QuarantineSeconds));
        metrics.PoisonFound();
        Convicted(log, response.Id, Quarantine.Hash(request.Body.Span), until);
        return Ended(until, last);
    }

    private RequestEnd Ended(DateTimeOffset until, AttemptResult? last)
    {
        metrics.PoisonRefused();
        return new RequestEnd(EndKind.Quarantined, last) { Until = until };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Request} was alone, and without a token, on replicas that died or hung, too often for chance: its content {Hash} is refused until {Until:O}")]
    private static partial void Convicted(ILogger logger, string request, string hash, DateTimeOffset until);
}
