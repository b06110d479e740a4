using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// Keeps the lists of quarantined requests of gateways and shims the same: takes over what a status lists, and tells each shim what its
/// status does not list, be it new here or forgotten there by a restart. Called under the monitor's lock.
/// </summary>
internal sealed partial class QuarantineSync(ShimClient shims, Quarantine quarantine, TimeProvider time, ILogger<QuarantineSync> log)
{
    /// <summary>Time after which a shim is told again; by then a status shows what it was told.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, (string News, long At)> _told = [];

    /// <summary>Takes over the quarantined requests of a status that came.</summary>
    public void Heard(ShimStatus status)
    {
        foreach (var entry in status.Quarantined ?? [])
            quarantine.Add(entry);
    }

    /// <summary>Tells each shim the quarantined requests that its status does not list.</summary>
    public void Look(IEnumerable<WatchedReplica> replicas)
    {
        if (quarantine.Entries is not { } known)
            return;
        foreach (var replica in replicas)
        {
            if (replica is not { Streaming: true, Endpoint: { Address: { } address, Id: var id }, Live.Status: { } status })
                continue;
            var news = known.Where(k => status.Quarantined?.Any(q => q.Hash == k.Hash) != true).ToList();
            if (news.Count == 0 || IsTold(id, string.Join(' ', news.Select(n => n.Hash))))
                continue;
            _ = TellAsync(id, address, news);
        }
    }

    private bool IsTold(string id, string news)
    {
        if (_told.TryGetValue(id, out var last) && last.News == news && time.GetElapsedTime(last.At) < Again)
            return true;
        _told[id] = (news, time.GetTimestamp());
        return false;
    }

    private async Task TellAsync(string id, Uri address, List<QuarantinedRequest> news)
    {
        var reply = await shims.QuarantineAsync(address, news);
        if (reply.Status is { } status)
            Told(log, id, news.Count, status);
        else
            NotTold(log, id, reply.Fault); // its status will not list them, so it is told again
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Replica}: told of {Count} quarantined requests ({Status})")]
    private static partial void Told(ILogger logger, string replica, int count, int status);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Replica}: could not be told of quarantined requests: {Why}")]
    private static partial void NotTold(ILogger logger, string replica, string why);
}
