using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.StatusPage;

/// <summary>The state of the fleet as this gateway sees it, for <c>/api/replicas</c> and the status page.</summary>
internal sealed class FleetReport(
    ReplicaTable table, AdmissionQueue admission, Authenticator auth, FailoverLog failovers, GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>Most characters that are shown of a reason.</summary>
    private const int MostWords = 300;

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly string _id = $"gw-{RandomNumberGenerator.GetHexString(4, lowercase: true)}";
    private readonly string _version = typeof(FleetReport).Assembly.GetName().Version!.ToString(3);

    /// <summary>Writes the report.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        Gateway(json);
        json.WriteStartArray("replicas");
        foreach (var replica in table.Current.All)
            One(json, replica);
        json.WriteEndArray();
        json.WriteStartArray("failovers");
        foreach (var entry in failovers.Recent)
        {
            json.WriteStartObject();
            json.WriteString("at", Iso(entry.At));
            json.WriteString("request", entry.Request);
            FailoverDetails.WriteEntry(json, entry);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Gateway(Utf8JsonWriter json)
    {
        json.WriteStartObject("gateway");
        json.WriteString("id", _id);
        json.WriteString("version", _version);
        json.WriteString("started", Iso(_started));
        json.WriteString("auth", auth.Mode);
        json.WriteNumber("active", admission.Active);
        json.WriteNumber("capacity", table.Current.Capacity);
        json.WriteNumber("queued", admission.Queued);
        json.WriteNumber("queue_limit", admission.QueueLimit);
        json.WriteNumber("served", metrics.Served);
        json.WriteNumber("failed", metrics.Failed);
        json.WriteString("doubt", table.Current.Doubt);
        json.WriteEndObject();
    }

    private static void One(Utf8JsonWriter json, Replica replica)
    {
        var status = replica.Live.Status;
        json.WriteStartObject();
        json.WriteString("id", replica.Id);
        json.WriteString("address", replica.Address?.GetLeftPart(UriPartial.Authority));
        json.WriteString("state", replica.State.ToString());
        json.WriteString("reason", replica.Reason);
        json.WriteString("since", Iso(replica.Since));
        json.WriteNumber("weight", Math.Round(replica.Weight, 2));
        if (replica.Pid is { } pid)
            json.WriteNumber("pid", pid);
        else
            json.WriteNull("pid");
        json.WriteString("model", status?.Model);
        json.WriteString("served_model", replica.Description?.ServedModel ?? status?.Model);
        json.WriteString("identity", status?.Identity);
        json.WriteNumber("in_flight", replica.IsRoutable || replica.State == ReplicaState.Draining ? replica.Live.Load : 0);
        json.WriteNumber("answering", replica.Live.Answering);
        json.WriteNumber("capacity", status?.Capacity ?? 0);
        json.WriteNumber("tokens_generated", status?.TokensGenerated ?? 0);
        json.WriteNumber("generations", status?.Started ?? 0);
        json.WriteNumber("continued", status?.Continued ?? 0);
        if (status?.CacheHitRate is { } hits)
            json.WriteNumber("cache_hit_rate", Math.Round(hits, 3));
        Capable(json, status?.Capabilities ?? []);
        json.WriteString("source", replica.Source);
        json.WriteBoolean("can_kill", replica.Source == "local");
        json.WriteNumber("starts", replica.Starts);
        if (status?.Gpus is { } gpus)
        {
            json.WritePropertyName("gpus");
            JsonSerializer.Serialize(json, gpus, WireJson.Default.IReadOnlyListGpuStatus);
        }
        json.WriteEndObject();
    }

    /// <summary>Writes what is known of what not every engine can do; nothing of entries that this gateway does not know.</summary>
    private static void Capable(Utf8JsonWriter json, IReadOnlyList<CapabilityReport> reports)
    {
        json.WriteStartObject("capabilities");
        foreach (var name in Capabilities.All)
        {
            if (reports.Take(ReplicaLacks.MostEntries).FirstOrDefault(r => r?.Name == name) is not { } report)
                continue;
            json.WriteStartObject(name);
            json.WriteString("state", Short(report.State));
            if (report.Why is not null)
                json.WriteString("why", Short(report.Why));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static string? Short(string? text) => text is { Length: > MostWords } ? text[..MostWords] : text;

    private static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
