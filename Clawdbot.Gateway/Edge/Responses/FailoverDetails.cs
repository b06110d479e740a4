using System.Buffers;
using System.Text.Json;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>Writes the <c>clawdbot</c> field, which tells what happened to a request.</summary>
internal sealed class FailoverDetails(AttemptHistory history, ResponseState response, bool asked)
{
    /// <summary>Writes <c>,"clawdbot":{...}</c> if the client asked for it or the answer is approximate.</summary>
    public void WriteField(IBufferWriter<byte> output)
    {
        if (!asked && !response.IsApproximate)
            return;
        output.Write(",\"clawdbot\":"u8);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("served_model", response.ServedModel);
        json.WriteNumber("attempts", history.Attempts);
        json.WriteString("exactness", response.IsApproximate ? "approximate" : "exact");
        json.WriteBoolean("approximate", response.IsApproximate);
        json.WriteStartArray("failovers");
        foreach (var entry in history.Failovers)
        {
            json.WriteStartObject();
            WriteEntry(json, entry);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes the fields of one failover, here and on the status page.</summary>
    public static void WriteEntry(Utf8JsonWriter json, FailoverEntry entry)
    {
        json.WriteString("from", entry.From);
        json.WriteString("to", entry.To);
        json.WriteString("cause", Attribution.Name(entry.Cause));
        json.WriteString("phase", entry.Phase);
        json.WriteNumber("tokens", entry.Tokens);
        if (entry.Silence is { } silence)
            json.WriteNumber("silence_ms", Math.Round(silence.TotalMilliseconds, 1));
        else
            json.WriteNull("silence_ms");
        json.WriteString("kind", entry.Kind);
        json.WriteString("exactness", entry.Kind == AttemptKinds.Name(AttemptKind.Text) ? "approximate" : "exact");
    }
}
