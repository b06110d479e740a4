namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>What is known of one thing that not every engine can do.</summary>
/// <param name="Name">One of the names in <see cref="Capabilities"/>; a reader ignores others.</param>
/// <param name="State">
/// <c>shown</c>: the engine was seen to do it. <c>assumed</c>: its kind can, and nothing was seen. <c>lacking</c>: it can't, by its
/// configuration, by its own word, or because it refused.
/// </param>
/// <param name="Why">Of what is lacking, why that is believed, in words; else null.</param>
public sealed record CapabilityReport(string Name, string State, string? Why = null);

/// <summary>Names of what not every engine can do.</summary>
public static class Capabilities
{
    /// <summary>It takes pictures.</summary>
    public const string Pictures = "pictures";

    /// <summary>It calls tools.</summary>
    public const string Tools = "tools";

    /// <summary>It holds an answer to a grammar or JSON schema.</summary>
    public const string Grammar = "grammar";

    /// <summary>It goes on with an answer that began elsewhere.</summary>
    public const string Continuation = "continuation";

    /// <summary>It tells the token counts of an answer.</summary>
    public const string Usage = "usage";

    /// <summary><see cref="CapabilityReport.State"/> of what the engine was seen to do.</summary>
    public const string Shown = "shown";

    /// <summary><see cref="CapabilityReport.State"/> of what its kind can do.</summary>
    public const string Assumed = "assumed";

    /// <summary><see cref="CapabilityReport.State"/> of what it can't do.</summary>
    public const string Lacking = "lacking";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = [Pictures, Tools, Grammar, Continuation, Usage];
}
