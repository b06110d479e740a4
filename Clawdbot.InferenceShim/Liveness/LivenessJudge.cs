using System.Globalization;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>
/// Tells an engine that does not generate from one that is busy. Knows no clock and no network: the same evidence gives the same finding.
/// </summary>
/// <remarks>
/// The engine's own numbers count for what they say and only up to when they said it: an engine that is too busy to tell them is convicted
/// by them of nothing. Whatever moves acquits: any stream, any counter, a cache that fills. See docs/decisions/0012.
/// </remarks>
internal sealed class LivenessJudge(LivenessOptions options)
{
    /// <summary>
    /// Factor of the limit of silence until something has come: some servers load their model at the first request, and stop loading when
    /// nobody waits any more.
    /// </summary>
    private const int ColdFactor = 5;

    /// <summary>Comments explain a silence that is no longer than so many limits of silence.</summary>
    private const int CommentFactor = 6;

    /// <summary>A canary may take so many times as long as the slowest of those before it.</summary>
    private const int CanaryFactor = 3;

    /// <summary>The finding that nobody listens at its address.</summary>
    public static Finding Gone { get; } = new("gone", "gone: its address refuses connections");

    /// <summary>Judges the evidence; null when there is nothing against the engine.</summary>
    public Finding? Look(Evidence evidence)
    {
        if (evidence.IsRefused)
            return Gone;
        var hung = evidence.FellSilentOverRequest ? options.MuteSeconds : options.HungSeconds;
        if (evidence.Unanswered >= TimeSpan.FromSeconds(hung + Decoding(evidence)))
        {
            return new Finding("hung",
                $"hung: its address takes connections, and it has answered nothing for {Seconds(evidence.Unanswered)} s");
        }
        if (evidence.Waiting.Count == 0)
            return null;
        return (evidence.Load is null ? null : DeadInput(evidence) ?? Frozen(evidence)) ?? Unexplained(evidence) ?? Mute(evidence);
    }

    /// <summary>Finds that requests were sent and it knows of none.</summary>
    private Finding? DeadInput(Evidence evidence)
    {
        foreach (var generation in evidence.Waiting)
        {
            var patience = (generation.IsCanary ? options.CanarySeconds : options.DeadInputSeconds) + Decoding(evidence);
            var proven = Shortest(evidence.Empty, evidence.Still, generation.Silent - evidence.LoadAge);
            if (proven < TimeSpan.FromSeconds(patience))
                continue;
            return new Finding("dead_input", $"takes requests and does not read them: {Requests(evidence)} here, "
                + $"and for {Seconds(proven)} s its own numbers say that nothing runs and nothing waits");
        }
        return null;
    }

    /// <summary>Finds that it says that it works, and nothing comes of it.</summary>
    private Finding? Frozen(Evidence evidence)
    {
        if (evidence.Load!.Known == 0)
            return null;
        var proven = Shortest(evidence.Still, evidence.Silent - evidence.LoadAge, evidence.Waiting.Max(w => w.Silent) - evidence.LoadAge);
        return proven < TimeSpan.FromSeconds(FrozenPatience(evidence)) ? null
            : new Finding("frozen", $"frozen: {evidence.Load.Running} requests run by its own count, "
                + $"and for {Seconds(proven)} s no token has come and no counter of its has moved");
    }

    private double FrozenPatience(Evidence evidence)
    {
        var load = evidence.Load!;
        if (load.Running == 0 || (!load.ShowsPrefill && evidence.Waiting.All(w => w.Tokens == 0)))
            return options.MuteSeconds;
        var first = load.TokensGenerated == 0 ? options.WarmUpSeconds
            : evidence.Waiting.All(w => w.IsCanary) && load.Known <= evidence.InFlight ? options.CanarySeconds
            : options.FrozenSeconds;
        return first + Decoding(evidence);
    }

    /// <summary>
    /// Finds a silence that nothing explains: the engine tells no numbers, nobody else sends it requests, no client has left one there, and
    /// the only prompts it may still be reading are canaries', of which it is known how long they take.
    /// </summary>
    private Finding? Unexplained(Evidence evidence)
    {
        if (options.Alone != true || evidence.Load is not null || evidence.IsCold || evidence.InFlight > evidence.Waiting.Count
            || evidence.Abandoned < TimeSpan.FromSeconds(options.MuteSeconds)
            || evidence.Waiting.Any(w => w is { IsCanary: false, Tokens: 0 }))
            return null;
        var patience = TimeSpan.FromSeconds(options.HungSeconds);
        if (evidence.Waiting.All(w => w.IsCanary))
        {
            if (evidence.CanaryLatency is not { } latency)
                return null;
            patience = TimeSpan.FromSeconds(Math.Max(options.CanarySeconds, CanaryFactor * latency.TotalSeconds));
        }
        var silence = Shortest(evidence.Silent, evidence.Waiting.Max(Unheard));
        return silence < patience ? null
            : new Finding("mute", $"mute: {Requests(evidence)}, nothing has come for {Seconds(silence)} s, "
                + "and nothing else was sent there that it could be at");
    }

    /// <summary>Finds that nothing comes, and that no numbers say why.</summary>
    private Finding? Mute(Evidence evidence)
    {
        var silence = Shortest(evidence.Silent, evidence.Waiting.Max(Unheard));
        var patience = TimeSpan.FromSeconds((evidence.IsCold ? ColdFactor : 1) * options.MuteSeconds + Decoding(evidence));
        return silence < patience || IsExplained(evidence) ? null
            : new Finding("mute", $"mute: {Requests(evidence)}, nothing has come for {Seconds(silence)} s, "
                + "and it does not tell what it does");
    }

    /// <summary>
    /// For how long nothing explains that a generation has no token: a comment does for a while, because servers send some while they load
    /// a model or think, and proxies also when the server behind them is gone.
    /// </summary>
    private TimeSpan Unheard(WaitingGeneration waiting) =>
        waiting.Heard is { } heard && heard < waiting.Silent && waiting.Silent < TimeSpan.FromSeconds(CommentFactor * options.MuteSeconds)
            ? heard
            : waiting.Silent;

    /// <summary>Whether numbers that are fresh and move say why nothing comes.</summary>
    private bool IsExplained(Evidence evidence) =>
        evidence.Load is not null && evidence.LoadAge + evidence.Still < TimeSpan.FromSeconds(options.MuteSeconds);

    /// <summary>Seconds for which it may decode pictures before it counts the requests that wait.</summary>
    private double Decoding(Evidence evidence) =>
        options.PerMegabyteSeconds * (evidence.Waiting.Where(w => w.Tokens == 0).Sum(w => w.Bytes) / 1048576.0);

    private static TimeSpan Shortest(params ReadOnlySpan<TimeSpan> all)
    {
        var shortest = TimeSpan.MaxValue;
        foreach (var one in all)
            shortest = one < shortest ? one : shortest;
        return shortest;
    }

    private static string Requests(Evidence evidence) => evidence.Waiting switch
    {
        [{ IsCanary: true }] => "a canary waits",
        [_] => "1 request waits",
        var several => $"{several.Count} requests wait",
    };

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
}
