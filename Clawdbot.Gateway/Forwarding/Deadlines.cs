using Clawdbot.Gateway.Replicas;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// When tokens are due: by how fast this fleet and this replica were lately, or by a default that grows with the prompt while too little
/// has been seen. The limits stay within a fixed factor of the configured ones, whatever was seen.
/// </summary>
internal sealed class Deadlines(FleetLatency fleet, IOptions<ForwardingOptions> options)
{
    // Many times what 19 of 20 attempts needed: the status stream finds dead replicas sooner, and a busy one must not be taken for dead.
    private const double FirstPatience = 10;
    private const double NextPatience = 20;

    /// <summary>The limits of an attempt.</summary>
    /// <param name="replica">Who makes it.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="delivered">Tokens that the client has already; the engine has to read them behind the prompt.</param>
    public TokenLimits For(Replica replica, GenerationRequest request, int delivered = 0)
    {
        var prompt = request.Prompt with { TextTokens = request.Prompt.TextTokens + delivered };
        var first = options.Value.FirstTokenMilliseconds
            + options.Value.FirstTokenPerMegabyteMilliseconds * (request.PromptBytes / 1048576.0);
        var next = (double)options.Value.NextTokenMilliseconds;
        var (all, own) = (fleet.Of(replica.Model), replica.Live.Latency.Figures);
        // A replica that is slower than the others is given the time it needs: whether it is too slow is for health to judge.
        var seen = Longer(all?.FirstToken(prompt), own?.FirstToken(prompt)) ?? LatencyFigures.Cold.FirstToken(prompt);
        first = Math.Clamp(FirstPatience * seen.TotalMilliseconds, first / 3, first * 4);
        if (Longer(all?.LongestGap, own?.LongestGap) is { } gap)
            next = Math.Clamp(NextPatience * gap.TotalMilliseconds, next / 2, next * 2);
        var heldBack = Math.Max(next, options.Value.HeldBackMilliseconds);
        return new(TimeSpan.FromMilliseconds(first), TimeSpan.FromMilliseconds(request.MayHoldBack ? heldBack : next),
            TimeSpan.FromMilliseconds(heldBack), TimeSpan.FromSeconds(options.Value.SignOfLifeSeconds));
    }

    private static TimeSpan? Longer(TimeSpan? a, TimeSpan? b) => a is null || b > a ? b : a;
}
