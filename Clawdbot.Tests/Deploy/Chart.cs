using Clawdbot.Testing.Processes;
using System.Text.RegularExpressions;
using Clawdbot.Tests.Processes;
using YamlDotNet.Serialization;

namespace Clawdbot.Tests.Deploy;

/// <summary>
/// The published chart, rendered as Helm does for the few expressions that it contains; any other is refused. Like Helm's, the
/// rendering works on a file's text, before that is read as YAML.
/// </summary>
internal static partial class Chart
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "kubernetes");

    /// <summary>Every document: path of its template, text.</summary>
    public static IReadOnlyList<(string Path, string Yaml)> Render()
    {
        var values = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(File.ReadAllText(Path.Combine(Folder, "values.yaml")));
        return [.. Directory.EnumerateFiles(Path.Combine(Folder, "templates"), "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => (Path.GetRelativePath(Folder, path), Expression().Replace(File.ReadAllText(path), match => Evaluate(match.Groups[1].Value, values))))];
    }

    private static string Evaluate(string expression, Dictionary<object, object> values)
    {
        if (expression is ".Chart.Name" or ".Release.Name")
            return "clawdbot";
        if (Literal().Match(expression) is { Success: true } literal)
            return literal.Groups[1].Value;
        if (WithDefault().Match(expression) is { Success: true } fallback)
            return fallback.Groups[1].Value;
        if (!expression.StartsWith(".Values.", StringComparison.Ordinal))
            throw new NotSupportedException($"The chart has an expression that this rendering does not know: {expression}");
        object value = values;
        foreach (var part in expression.Split('.').Skip(2))
            value = ((Dictionary<object, object>)value)[part];
        return value.ToString()!;
    }

    [GeneratedRegex(@"\{\{ (.*?) \}\}")]
    private static partial Regex Expression();

    [GeneratedRegex("^`([^`]*)`$")]
    private static partial Regex Literal();

    [GeneratedRegex(@"^\(\.Values\.[a-z]+\)\.[A-Za-z]+ \| default `([^`]*)`$")]
    private static partial Regex WithDefault();
}
