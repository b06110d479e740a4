using System.Text.RegularExpressions;

namespace Clawdbot.Tests.Deploy;

/// <summary>As much of PromQL as is needed to see what an expression reads.</summary>
internal static partial class PromQl
{
    private static readonly HashSet<string> Words = ["and", "or", "unless", "bool", "offset", "inf", "nan"];

    /// <summary>Every series selector, with its matchers and without its range.</summary>
    public static IEnumerable<string> Selectors(string expr) =>
        from match in Identifier().Matches(Range().Replace(Grouping().Replace(expr, " "), " "))
        where !match.Groups["call"].Success && !Words.Contains(match.Groups["name"].Value)
        select match.Groups["name"].Value + match.Groups["labels"].Value;

    /// <summary>The metric of a selector.</summary>
    public static string Name(string selector) => selector.Split('{')[0];

    /// <summary>The value of one label.</summary>
    public static string? Label(string selector, string label) =>
        Regex.Match(selector, $"\\b{label}=\"([^\"]*)\"") is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The expression with what Grafana would put in.</summary>
    public static string Filled(string expr) => expr
        .Replace("$__rate_interval", "5m", StringComparison.Ordinal)
        .Replace("$instance", ".*", StringComparison.Ordinal)
        .Replace("$replica", ".*", StringComparison.Ordinal);

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\[[^\]]*\]|\boffset\s+\w+")]
    private static partial Regex Range();

    [GeneratedRegex(@"(?<![\w:.$""])(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:(?<call>\s*\()|(?<labels>\{(?:[^}""]|""[^""]*"")*\}))?")]
    private static partial Regex Identifier();
}
