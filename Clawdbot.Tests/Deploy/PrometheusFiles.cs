using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;
using YamlDotNet.RepresentationModel;

namespace Clawdbot.Tests.Deploy;

/// <summary>One rule as its file has it.</summary>
/// <param name="File">File it stands in.</param>
/// <param name="Name">Alert, or recorded series.</param>
/// <param name="IsAlert">Which of both.</param>
/// <param name="Expr">PromQL.</param>
/// <param name="Text">Severity, summary and description, where it has them.</param>
internal sealed record Rule(string File, string Name, bool IsAlert, string Expr, IReadOnlyDictionary<string, string> Text)
{
    public override string ToString() => $"{Path.GetFileName(File)}: {Name}";
}

/// <summary>What stands in <c>deploy/prometheus</c>.</summary>
internal static class PrometheusFiles
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "deploy", "prometheus");

    public static string Configuration { get; } = Path.Combine(Folder, "prometheus.yml");

    public static IReadOnlyList<string> RuleFiles { get; } = [.. Directory.EnumerateFiles(Path.Combine(Folder, "rules"), "*.yml").Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> TestFiles { get; } = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "Clawdbot.Tests", "Deploy", "Alerts"), "*.yml").Order(StringComparer.Ordinal)];

    public static IReadOnlyList<Rule> Rules { get; } = [.. RuleFiles.SelectMany(Read)];

    /// <summary>The document of a YAML file.</summary>
    public static YamlMappingNode Load(string file)
    {
        using var reader = File.OpenText(file);
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    public static IEnumerable<YamlMappingNode> List(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var list) ? ((YamlSequenceNode)list).Cast<YamlMappingNode>() : [];

    public static string? Scalar(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? value.ToString() : null;

    private static IEnumerable<Rule> Read(string file) =>
        from rule in List(Load(file), "groups").SelectMany(g => List(g, "rules"))
        let alert = Scalar(rule, "alert")
        select new Rule(file, alert ?? Scalar(rule, "record")!, alert is not null, Scalar(rule, "expr")!, Texts(rule));

    private static Dictionary<string, string> Texts(YamlMappingNode rule) => new[] { "labels", "annotations" }
        .Where(key => rule.Children.ContainsKey(key))
        .SelectMany(key => ((YamlMappingNode)rule.Children[key]).Children)
        .ToDictionary(p => p.Key.ToString(), p => p.Value.ToString());
}
