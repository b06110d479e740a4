using System.Diagnostics;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Telemetry;

/// <summary>
/// Writes the trace of a request: the web server's span, one span per attempt below it, and an event for each failover. Names are those of
/// the GenAI semantic conventions where they exist. Texts, images and keys are never written.
/// </summary>
internal static class RequestTrace
{
    private const string Why = "clawdbot.why";

    private static readonly ActivitySource Activities = new("Clawdbot.Gateway");

    /// <summary>The request's span; null when nobody listens, although the web server makes a span even then.</summary>
    private static Activity? Request => Activities.HasListeners() ? Activity.Current : null;

    /// <summary>Begins the span of an attempt, to be disposed of when the attempt is over; null when nobody listens.</summary>
    /// <param name="replica">Replica that is asked.</param>
    /// <param name="number">Number of the attempt, from 1.</param>
    /// <param name="kind"><c>new</c>, or how it continues the failed attempts before it.</param>
    /// <param name="tokensGiven">Number of tokens that it continues from.</param>
    public static Activity? Attempt(Replica replica, int number, string kind, int tokensGiven) =>
        Activities.StartActivity($"attempt {number} on {replica.Id}")?
            .SetTag("clawdbot.replica", replica.Id)
            .SetTag("clawdbot.attempt", number)
            .SetTag("clawdbot.kind", kind)
            .SetTag("clawdbot.tokens.given", tokensGiven);

    /// <summary>Sets how the attempt ended, and how many tokens the answer has.</summary>
    public static void AttemptEnded(Activity? attempt, AttemptOutcome outcome, int tokens)
    {
        attempt?.SetTag("clawdbot.outcome", Attribution.Name(outcome)).SetTag("clawdbot.tokens", tokens);
        if (Attribution.Of(outcome) is Fault.ReplicaGone or Fault.ReplicaSick)
            attempt?.SetStatus(ActivityStatusCode.Error, $"{Attribution.Name(outcome)} after {tokens} tokens");
    }

    /// <summary>Adds an event: the answer leaves a replica.</summary>
    public static void FailedOver(FailoverEntry entry) => Request?.AddEvent(new ActivityEvent(
        "failover", entry.At, new ActivityTagsCollection
        {
            ["clawdbot.replica"] = entry.From,
            ["clawdbot.cause"] = Attribution.Name(entry.Cause),
            ["clawdbot.tokens"] = entry.Tokens,
            ["clawdbot.kind"] = entry.Kind,
        }));

    /// <summary>Sets the result of the request.</summary>
    public static void Ended(string model, string id, string result, int attempts, int promptTokens, int tokens) => Request?
        .SetTag("gen_ai.operation.name", "chat")
        .SetTag("gen_ai.request.model", model)
        .SetTag("gen_ai.response.id", id)
        .SetTag("gen_ai.usage.input_tokens", promptTokens)
        .SetTag("gen_ai.usage.output_tokens", tokens)
        .SetTag("clawdbot.result", result)
        .SetTag("clawdbot.attempts", attempts);

    /// <summary>Sets what the engine was asked for; null when no engine has had the request.</summary>
    public static void Served(string? model) => Request?.SetTag("gen_ai.response.model", model);

    /// <summary>Marks the span as failed when the answer ends with an error after its status 200.</summary>
    public static void BrokeOff(string code, int tokens)
    {
        if (Request is not { } span)
            return;
        var why = $"{code} after {tokens} tokens";
        span.SetStatus(ActivityStatusCode.Error, why);
        span.SetCustomProperty(Why, why);
    }

    /// <summary>
    /// Says again why the span failed. The exception that cuts such an answer's connection is taken for the reason by OpenTelemetry.
    /// </summary>
    public static void Cut(Activity span)
    {
        if (span.GetCustomProperty(Why) is string why)
            span.SetStatus(ActivityStatusCode.Error, why);
    }
}
