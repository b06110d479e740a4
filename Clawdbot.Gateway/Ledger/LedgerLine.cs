using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Ledger;

/// <summary>An entry whose costs are known, as one line of JSON. docs/operations.md describes the fields.</summary>
/// <param name="Entry">The request.</param>
/// <param name="Costs">The cost of each attempt, in the order of the entry's attempts.</param>
internal sealed record LedgerLine(LedgerEntry Entry, IReadOnlyList<Cost> Costs)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the line, with its line break.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output, Relaxed))
        {
            json.WriteStartObject();
            WriteRequest(json);
            WriteCost(json);
            json.WriteStartArray("attempts");
            for (var i = 0; i < Entry.Attempts.Count; i++)
                WriteAttempt(json, Entry.Attempts[i], Costs[i]);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    private void WriteRequest(Utf8JsonWriter json)
    {
        json.WriteString("at", Entry.At.UtcDateTime);
        json.WriteString("id", Entry.Id);
        json.WriteString("request_id", Entry.RequestId);
        json.WriteString("tenant", Entry.Tenant);
        json.WriteString("model", Entry.Model);
        json.WriteString("served_model", Entry.ServedModel);
        json.WriteBoolean("stream", Entry.Stream);
        json.WriteString("result", Entry.Result);
        json.WriteString("code", Entry.Code);
        json.WriteNumber("prompt_tokens", Entry.PromptTokens);
        json.WriteNumber("completion_tokens", Entry.CompletionTokens);
        json.WriteString("exactness", Entry.IsApproximate ? "approximate" : "exact");
        json.WriteString("idempotent", Entry.Idempotent);
        json.WriteNumber("duration_ms", Milliseconds(Entry.Duration));
        if (Entry.FirstToken is { } first)
            json.WriteNumber("first_token_ms", Milliseconds(first));
        else
            json.WriteNull("first_token_ms");
        json.WriteNumber("failovers", Entry.Failovers.Count);
        json.WriteStartArray("causes");
        foreach (var failover in Entry.Failovers)
            json.WriteStringValue(Attribution.Name(failover.Cause));
        json.WriteEndArray();
    }

    private void WriteCost(Utf8JsonWriter json)
    {
        json.WriteStartObject("cost");
        json.WriteNumber("prompt_tokens", Costs.Sum(c => (long)c.PromptTokens));
        json.WriteNumber("generated", Costs.Sum(c => (long)c.Generated));
        json.WriteString("count", Count(Costs.All(c => c.IsExact)));
        json.WriteEndObject();
    }

    private static void WriteAttempt(Utf8JsonWriter json, AttemptRecord attempt, Cost cost)
    {
        json.WriteStartObject();
        json.WriteString("id", attempt.Id);
        json.WriteString("replica", attempt.Replica);
        json.WriteString("instance", attempt.Instance);
        json.WriteString("kind", attempt.Kind == AttemptKind.Fresh ? "new" : AttemptKinds.Name(attempt.Kind));
        json.WriteString("outcome", Attribution.Name(attempt.Outcome));
        json.WriteNumber("prompt_tokens", cost.PromptTokens);
        json.WriteNumber("generated", cost.Generated);
        json.WriteString("count", Count(cost.IsExact));
        json.WriteEndObject();
    }

    private static string Count(bool isExact) => isExact ? "exact" : "estimated";

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);
}
