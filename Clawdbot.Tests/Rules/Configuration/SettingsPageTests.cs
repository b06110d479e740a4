using System.Text.RegularExpressions;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Scenarios.Matrix;

namespace Clawdbot.Tests.Rules.Configuration;

/// <summary>
/// docs/configuration.md is generated from the option classes and their doc comments; other documents name only settings that exist.
/// </summary>
public sealed partial class SettingsPageTests
{
    /// <summary>The last word of a setting's name, and what its description must say.</summary>
    private static readonly (string Name, string Unit)[] Units =
    [
        ("Milliseconds", "illiseconds"), ("Seconds", "econds"), ("Minute", "minute"), ("Percent", "ercent"),
        ("Mebibytes", "mebibytes"), ("Kibibytes", "kibibytes"), ("Bytes", "bytes"), ("Pixels", "pixels"), ("Tokens", "okens"),
        ("Gib", "GiB"),
    ];

    [Fact]
    public void The_page_is_what_the_option_classes_say() =>
        KeptTable.AssertKept("docs/configuration.md", "settings", SettingsPage.Write());

    [Fact]
    public void Each_setting_is_described_by_whole_sentences_with_its_unit() => Assert.All(SettingsPage.Settings, setting =>
    {
        Assert.True(setting.Summary is [>= 'A' and <= 'Z', .., '.'], $"{setting.Key}: '{setting.Summary}' is no sentence.");
        if (Units.FirstOrDefault(u => setting.Key.EndsWith(u.Name, StringComparison.Ordinal)).Unit is { } unit)
            Assert.True(setting.Summary.Contains(unit, StringComparison.Ordinal), $"{setting.Key}: '{setting.Summary}' lacks the unit.");
    });

    [Fact]
    public void Documents_name_only_settings_that_exist()
    {
        var keys = SettingsPage.Settings.SelectMany(s => Prefixes(s.Key)).Append("Engine:Card").ToHashSet(StringComparer.Ordinal);
        var sections = keys.Select(k => k.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        var documents = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Repository.Root, "README.md"));

        Assert.All(documents, document => Assert.All(Names().Matches(File.ReadAllText(document)).Select(m => m.Value), name =>
        {
            var key = Number().Replace(name.Replace("__", ":", StringComparison.Ordinal), ":0");
            var isKnown = keys.Contains(key) || !sections.Contains(key.Split(':')[0]);
            Assert.True(isKnown, $"{Path.GetFileName(document)} names {name}, and there is no such setting.");
        }));
    }

    /// <summary>A setting, and the sections and lists that it lies in.</summary>
    private static IEnumerable<string> Prefixes(string key)
    {
        var parts = key.Split(':');
        return Enumerable.Range(1, parts.Length).Select(n => string.Join(':', parts.Take(n)));
    }

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+((:|__)[A-Za-z0-9]+)+")]
    private static partial Regex Names();

    [GeneratedRegex(":([0-9]+|n)(?=$|:)")]
    private static partial Regex Number();
}
