using System.Diagnostics;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Telemetry;

/// <summary>
/// What a request's trace tells: the web server's span of the request, one span per attempt below it, and each failover as an
/// event between them. Names of the GenAI semantic conventions where they exist. Texts, images and keys never get here.
/// </summary>
internal static class RequestTrace
{
    private static readonly ActivitySource Activities = new("Clawdbot.Gateway");

    /// <summary>The request's span. The web server makes one even where nobody listens; that one is left alone.</summary>
    private static Activity? Request => Activities.HasListeners() ? Activity.Current : null;

    /// <summary>Begins an attempt's span, to be disposed when the attempt is over; null when nobody listens.</summary>
    /// <param name="replica">Who is asked.</param>
    /// <param name="number">1 for the first.</param>
    /// <param name="kind"><c>new</c>, or how it stands to the failed ones before it.</param>
    /// <param name="tokensGiven">Tokens that it goes on from.</param>
    public static Activity? Attempt(Replica replica, int number, string kind, int tokensGiven) =>
        Activities.StartActivity($"attempt {number} on {replica.Id}")?
            .SetTag("clawdbot.replica", replica.Id)
            .SetTag("clawdbot.attempt", number)
            .SetTag("clawdbot.kind", kind)
            .SetTag("clawdbot.tokens.given", tokensGiven);

    /// <summary>How the attempt ended, and how many tokens the answer has by now.</summary>
    public static void AttemptEnded(Activity? attempt, AttemptOutcome outcome, int tokens)
    {
        attempt?.SetTag("clawdbot.outcome", Attribution.Name(outcome)).SetTag("clawdbot.tokens", tokens);
        if (Attribution.Of(outcome) is Fault.ReplicaGone or Fault.ReplicaSick)
            attempt?.SetStatus(ActivityStatusCode.Error, $"{Attribution.Name(outcome)} after {tokens} tokens");
    }

    /// <summary>The answer leaves a replica.</summary>
    public static void FailedOver(FailoverEntry entry) => Request?.AddEvent(new ActivityEvent(
        "failover", entry.At, new ActivityTagsCollection
        {
            ["clawdbot.replica"] = entry.From,
            ["clawdbot.cause"] = Attribution.Name(entry.Cause),
            ["clawdbot.tokens"] = entry.Tokens,
            ["clawdbot.kind"] = entry.Kind,
        }));

    /// <summary>The request is over.</summary>
    public static void Ended(string model, string id, string result, int attempts, int promptTokens, int tokens) => Request?
        .SetTag("gen_ai.operation.name", "chat")
        .SetTag("gen_ai.request.model", model)
        .SetTag("gen_ai.response.id", id)
        .SetTag("gen_ai.usage.input_tokens", promptTokens)
        .SetTag("gen_ai.usage.output_tokens", tokens)
        .SetTag("clawdbot.result", result)
        .SetTag("clawdbot.attempts", attempts);

    /// <summary>The answer ends with an error after its status 200, which alone would make a good span of it.</summary>
    public static void BrokeOff(string code, int tokens) => Request?.SetStatus(ActivityStatusCode.Error, $"{code} after {tokens} tokens");
}
